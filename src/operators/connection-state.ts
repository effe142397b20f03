import { check, checkEach } from '#check';
import {
  asyncScheduler,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  Subscription,
  type TimestampProvider,
} from 'rxjs';
import { isObject, type Kind, MILLISECONDS, OBJECT, SCHEDULER } from '../kind.js';
import { MAX_WAIT } from '../life/backoff.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { LifecycleStep } from './lifecycle-step.js';

/** How a connection stands, as plain data: it can be kept in any store, compared, logged and sent. */
export interface ConnectionState {
  /**
   * `idle` before the first attempt, `connecting` during one, `open` while events can come, `waiting` before the next attempt,
   * `paused` while `connectWhile` allows no connection, `closed` when the stream has completed, `failed` when it has failed for good.
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'waiting' | 'paused' | 'closed' | 'failed';
  /** How many attempts in a row had failed or ended without a success when this one was made or awaited. */
  readonly attempt: number;
  /** When the next attempt is made, in milliseconds since 1970; `null` unless `waiting`, and if the policy hasn't said when. */
  readonly retryAt: number | null;
  /**
   * The position of the stream at this change. It doesn't move with each event. An id without an event, or of an event that was dropped
   * before it came here, is known when the next attempt is made.
   */
  readonly lastEventId: string;
  /** Why the connection isn't open; `null` while it is open, and if nothing failed. */
  readonly error: ConnectionFailure | null;
}

/** An error as plain data. */
export interface ConnectionFailure {
  /** The error’s class, as its `name` says it. */
  readonly name: string;
  /** The error's message. That of an `EventSourceError` holds no credentials and no query. */
  readonly message: string;
  /** The status of the response, if that is what failed. */
  readonly status?: number;
}

/** The state before a stream is subscribed to, for a store to begin with. */
export const IDLE_CONNECTION: ConnectionState = {
  status: 'idle',
  attempt: 0,
  retryAt: null,
  lastEventId: '',
  error: null,
};

/** Follows a lifecycle, and says at each step whether the state has changed. */
export class ConnectionTracker {
  private state = IDLE_CONNECTION;
  private lastEventId = '';

  constructor(private readonly clock: TimestampProvider) {}

  /** The new state; `undefined` if nothing has changed. */
  follow(step: LifecycleStep): ConnectionState | undefined {
    switch (step.kind) {
      case 'event':
        this.lastEventId = step.event.lastEventId;
        return undefined;
      case 'connecting':
        this.lastEventId = step.lastEventId;
        return this.change({ status: 'connecting', attempt: step.attempt });
      case 'open':
        // A late subscriber of `shareLifecycle` hears of no attempt before it.
        if (this.state === IDLE_CONNECTION) this.lastEventId = step.resumedFrom;
        return this.change({ status: 'open', error: null });
      case 'waiting': {
        const { attempt, delay, error } = step;
        return this.change({
          status: 'waiting',
          attempt,
          retryAt: delay === undefined ? null : this.clock.now() + delay,
          error: error === undefined ? null : toPlain(error),
        });
      }
      case 'paused':
      case 'closed':
        return this.change({ status: step.kind, error: null });
      default:
        return undefined;
    }
  }

  /** The same, when the stream has failed for good. */
  fail(error: unknown): ConnectionState | undefined {
    return this.change({ status: 'failed', error: toPlain(error) });
  }

  /** The same, when the lifecycle is over: it may have been cut off before it said that it is closed. */
  complete(): ConnectionState | undefined {
    return this.follow({ kind: 'closed', reason: 'end' });
  }

  private change(change: Partial<ConnectionState>): ConnectionState | undefined {
    const { state, lastEventId } = this;
    this.state = { ...state, retryAt: null, ...change, lastEventId };
    // `whileTrue` may start the same attempt again: then nothing has changed.
    return JSON.stringify(this.state) === JSON.stringify(state) ? undefined : this.state;
  }
}

/** Not all that says what went wrong is an `Error`: Angular's `HttpErrorResponse` is none, nor one of another realm. */
function toPlain(error: unknown): ConnectionFailure {
  const { name, message, status } = Object(error) as Partial<Record<keyof ConnectionFailure, unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : toText(error),
    ...(Number.isFinite(status) ? { status: status as number } : {}),
  };
}

// `String` of an object is its own code, which may throw, or be missing.
const toText = (value: unknown) => (isObject(value) ? Object.prototype.toString.call(value) : String(value));

/** The options of `connectionState`. */
export interface ConnectionStateOptions {
  /**
   * How long a loss is held back, in milliseconds: if the connection is open again by then, nothing is emitted.
   * @default 0
   */
  readonly grace?: number | undefined;
  /**
   * What the timer of `grace` runs on, and the clock of `retryAt`.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTION_KINDS: Readonly<Record<keyof ConnectionStateOptions, Kind>> = {
  grace: MILLISECONDS,
  scheduler: SCHEDULER,
};

const isLoss = ({ status }: ConnectionState) => status === 'connecting' || status === 'waiting';

/**
 * Turns a lifecycle into the state of its connection: plain data, one value for each change, and none for events and heartbeats.
 *
 * It emits `IDLE_CONNECTION` at once. It completes with the source: the last state is `closed`, also if `takeUntil` cut the source off. If
 * the source errors, the last state is `failed`, and it completes as well. So a signal or a store that it feeds never throws: to handle the
 * error itself, subscribe to the source. Unsubscribing unsubscribes from the source and cancels the timer.
 *
 * With `grace`, a connection that is back at once causes no flicker: while the state is `open`, `connecting` and `waiting` are held back for
 * so long. If the connection opens within that time, nothing is emitted. If not, the state of that moment is. All other states are emitted at
 * once, and so is everything before the first `open`.
 *
 * @param options `grace` and `scheduler`; a value of a wrong type throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/chat/stream')
 *   .pipe(connectionState({ grace: 2000 }))
 *   .subscribe(({ status, retryAt }) => {
 *     if (status === 'waiting' && retryAt !== null) console.log('trying again at', new Date(retryAt));
 *     else console.log(status);
 *   });
 * ```
 */
export function connectionState(
  options: ConnectionStateOptions = {},
): OperatorFunction<LifecycleStep, ConnectionState> {
  check('options', options, OBJECT);
  checkEach(OPTION_KINDS, options);
  const { grace = 0, scheduler = asyncScheduler } = options;
  return source =>
    new Observable(subscriber => {
      const tracker = new ConnectionTracker(scheduler);
      let shown: ConnectionState;
      /** The newest state of a loss that isn't shown yet, and what will show it. */
      let held: ConnectionState | undefined;
      let timer = Subscription.EMPTY;
      const drop = () => {
        held = undefined;
        timer.unsubscribe();
      };
      const show = (state: ConnectionState) => {
        drop();
        shown = state;
        subscriber.next(state);
      };
      const take = (state: ConnectionState | undefined) => {
        if (!state) return;
        if (grace > 0 && shown.status === 'open' && isLoss(state)) {
          if (!held) subscriber.add((timer = scheduler.schedule(() => held && show(held), Math.min(grace, MAX_WAIT))));
          held = state;
        } else if (held && state.status === 'open') drop();
        else show(state);
      };
      show(IDLE_CONNECTION);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => take(tracker.follow(step)),
        error: (error: unknown) => {
          take(tracker.fail(error));
          subscriber.complete();
        },
        complete: () => {
          take(tracker.complete());
          subscriber.complete();
        },
      });
    });
}
