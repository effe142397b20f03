import { asyncScheduler, Observable, type OperatorFunction, type TimestampProvider } from 'rxjs';
import { isObject } from '../check.js';
import type { EventSourceLifecycle, ServerSentEvent } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';

/** How a connection stands, as plain data: it can be kept in any store, compared, logged and sent. */
export interface ConnectionState {
  /**
   * `idle` before the first attempt, `connecting` during one, `open` while events can come, `waiting` before the next attempt,
   * `closed` when the stream has completed, `failed` when it has failed for good.
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'waiting' | 'closed' | 'failed';
  /** How many attempts in a row had ended without an event when this one was made or awaited. */
  readonly attempt: number;
  /** When the next attempt is made, in milliseconds since 1970; `null` unless `waiting`, and where the policy has not said when. */
  readonly retryAt: number | null;
  /**
   * Where the stream stood at this change: the position that it resumes from. It does not move with each event; an id without an
   * event, or of one that was dropped before it came here, is known when the next attempt is made.
   */
  readonly lastEventId: string;
  /** Why the connection is not open; `null` while it is, and where nothing failed. */
  readonly error: ConnectionFailure | null;
}

/** An error as plain data. */
export interface ConnectionFailure {
  /** The error’s class, as its `name` says it. */
  readonly name: string;
  /** Without credentials and query, where it is an `EventSourceError`. */
  readonly message: string;
  /** The answer's status, where it was that which failed. */
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

  /** The new state; `undefined` where nothing has changed. */
  follow(step: EventSourceLifecycle<ServerSentEvent<unknown>>): ConnectionState | undefined {
    switch (step.kind) {
      case 'event':
        this.lastEventId = step.event.lastEventId;
        return undefined;
      case 'connecting':
        this.lastEventId = step.lastEventId;
        return this.change({ status: 'connecting', attempt: step.attempt });
      case 'open':
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
      case 'closed':
        return this.change({ status: 'closed', error: null });
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
    // An attempt may be begun anew (`whileTrue`): then nothing has changed.
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

/**
 * Makes of a lifecycle how the connection stands: plain data, one value for each change, and none for events and heartbeats.
 *
 * It emits `IDLE_CONNECTION` at once. It completes with the source, which is `closed` then, also where `takeUntil` cut it off; a
 * source that errors is `failed`, and it completes as well. So a signal or a store that is fed by it never throws: who has to
 * handle the error subscribes to the source. Unsubscribing unsubscribes from the source.
 *
 * @param clock what `retryAt` is reckoned from; by default the clock of all timers
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/chat/stream')
 *   .pipe(connectionState())
 *   .subscribe(({ status, retryAt }) => {
 *     if (status === 'waiting' && retryAt !== null) console.log('trying again at', new Date(retryAt));
 *     else console.log(status);
 *   });
 * ```
 */
export function connectionState(
  clock: TimestampProvider = asyncScheduler,
): OperatorFunction<EventSourceLifecycle<ServerSentEvent<unknown>>, ConnectionState> {
  return source =>
    new Observable(subscriber => {
      const tracker = new ConnectionTracker(clock);
      const emit = (state: ConnectionState | undefined) => {
        if (state) subscriber.next(state);
      };
      emit(IDLE_CONNECTION);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => emit(tracker.follow(step)),
        error: (error: unknown) => {
          emit(tracker.fail(error));
          subscriber.complete();
        },
        complete: () => {
          emit(tracker.complete());
          subscriber.complete();
        },
      });
    });
}
