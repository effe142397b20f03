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

/** The state of a connection as plain data. You can keep it in any store, compare it, log it and send it. */
export interface ConnectionState {
  /**
   * `idle` before the first attempt, `connecting` during an attempt, `open` while events can arrive, `waiting` before
   * the next attempt, `paused` while `connectWhile` isn't `true`, `closed` when the stream has completed, `failed` when
   * it has failed for good.
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'waiting' | 'paused' | 'closed' | 'failed';
  /** How many attempts in a row had failed or ended when this attempt started or was scheduled. */
  readonly attempt: number;
  /**
   * When the next attempt starts, in milliseconds since 1970. `null` unless `waiting`, and if the policy hasn't decided
   * yet.
   */
  readonly retryAt: number | null;
  /**
   * The position of the stream at this change. It doesn't change with each event. The id of a block without an event,
   * or of an event that an earlier operator dropped, shows up with the next attempt.
   */
  readonly lastEventId: string;
  /** Why the connection isn't open; `null` if it's open or nothing failed. */
  readonly error: ConnectionFailure | null;
}

/** An error as plain data. */
export interface ConnectionFailure {
  /** The error's `name`. */
  readonly name: string;
  /** The error's message. For an `EventSourceError`, it contains no credentials and no query. */
  readonly message: string;
  /** The status of the response, if there is one. */
  readonly status?: number;
}

/** The state before you subscribe, as the initial state of a store. */
export const IDLE_CONNECTION: ConnectionState = {
  status: 'idle',
  attempt: 0,
  retryAt: null,
  lastEventId: '',
  error: null,
};

/** Follows a lifecycle and tracks the state of its connection. */
export class ConnectionTracker {
  private state = IDLE_CONNECTION;
  private lastEventId = '';

  constructor(private readonly clock: TimestampProvider) {}

  /** Returns the new state, or `undefined` if nothing changed. */
  follow(step: LifecycleStep): ConnectionState | undefined {
    switch (step.kind) {
      case 'event':
        this.lastEventId = step.event.lastEventId;
        return undefined;
      case 'connecting':
        this.lastEventId = step.lastEventId;
        return this.change({ status: 'connecting', attempt: step.attempt });
      case 'open':
        // A late subscriber of `shareLifecycle` receives no `connecting` step.
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

  /** Returns the new state after the stream has failed for good. */
  fail(error: unknown): ConnectionState | undefined {
    return this.change({ status: 'failed', error: toPlain(error) });
  }

  /** Returns the new state after the lifecycle has completed. It may have been cut off without a `closed` step. */
  complete(): ConnectionState | undefined {
    return this.follow({ kind: 'closed', reason: 'end' });
  }

  private change(change: Partial<ConnectionState>): ConnectionState | undefined {
    const { state, lastEventId } = this;
    this.state = { ...state, retryAt: null, ...change, lastEventId };
    // `whileTrue` may start the same attempt again, which changes nothing.
    return JSON.stringify(this.state) === JSON.stringify(state) ? undefined : this.state;
  }
}

/** Not every error is an `Error`: Angular's `HttpErrorResponse` isn't, and an error of another realm isn't either. */
function toPlain(error: unknown): ConnectionFailure {
  const { name, message, status } = Object(error) as Partial<Record<keyof ConnectionFailure, unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : toText(error),
    ...(Number.isFinite(status) ? { status: status as number } : {}),
  };
}

// `String` would call the object's own code, which can throw or be missing.
const toText = (value: unknown) => (isObject(value) ? Object.prototype.toString.call(value) : String(value));

/** The options of `connectionState`. */
export interface ConnectionStateOptions {
  /**
   * Hides a lost connection for this many milliseconds. If it opens again in that time, nothing is emitted.
   * @default 0
   */
  readonly grace?: number | undefined;
  /**
   * The scheduler of the timer of `grace`, and the clock of `retryAt`.
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
 * Turns a lifecycle into the state of its connection: plain data, one value per change, none for events and heartbeats.
 *
 * Emits `IDLE_CONNECTION` at once. Completes with the source; the last state is `closed`, even if `takeUntil` cut the
 * source off. If the source errors, the last state is `failed`, and the result completes too. So a signal or a store
 * that uses it never throws. To handle the error itself, subscribe to the source. Unsubscribing unsubscribes from the
 * source and cancels the timer.
 *
 * With `grace`, a short loss of the connection causes no flicker. After `open`, the states `connecting` and `waiting`
 * are held back for this time. If the connection opens again, nothing is emitted; otherwise the current state is. All
 * other states are emitted at once, and so are all states before the first `open`.
 *
 * @param options `grace` and `scheduler`; a wrong type throws a `TypeError` at the call
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
      /** The latest hidden state, and the timer that will emit it. */
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
