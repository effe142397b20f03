import {
  concat,
  defer,
  filter,
  from,
  NEVER,
  Observable,
  type ObservableInput,
  of,
  race,
  type SchedulerLike,
  switchMap,
  take,
  throwError,
  timer,
} from 'rxjs';
import { check, isObject } from '../check.js';
import { EventSourceError } from '../errors.js';
import { settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type Backoff, MAX_WAIT } from './backoff.js';
import type { ReconnectAttempt, ReconnectDecision, ResolvedPolicy } from './reconnect-policy.js';

/** What attempts are made of, and what is said between them. */
export interface Attempts<T, Attempt extends ReconnectAttempt> {
  readonly policy: ResolvedPolicy<Attempt>;
  readonly backoff: Backoff;
  readonly scheduler: SchedulerLike;
  /** What the application is told of an attempt. */
  describe(attempt: ReconnectAttempt): Attempt;
  connect(attempt: Attempt): Observable<T>;
  /** Whether the value shows that the source works, so that failures are counted from the start again. */
  isProgress(value: T): boolean;
  /** Whether the value is the last of all: the end after it is final, whatever the policy says. */
  isLast?(value: T): boolean;
  /** What to emit before a wait. */
  waiting?(delay: number | undefined, attempt: Attempt): T;
  /** What to emit before completing. */
  closed?(reason: 'end' | 'stopped' | 'exhausted'): T;
}

/**
 * One attempt after the other, never two at once, with the policy's waits in between. It errors with the last error where
 * the policy is spent or says no, and completes where a clean end is final.
 */
export function runAttempts<T, Attempt extends ReconnectAttempt>(attempts: Attempts<T, Attempt>): Observable<T> {
  const { policy, backoff, scheduler } = attempts;

  return new Observable<T>(subscriber => {
    let failures = 0;
    let due: ReconnectAttempt | undefined;
    let starting = false;

    // A loop and not a recursion: where source and waits are synchronous, the stack must not grow with the attempts.
    const start = (next: ReconnectAttempt) => {
      due = next;
      if (starting) return;
      starting = true;
      for (let attempt; (attempt = due);) {
        due = undefined;
        run(attempts.describe(attempt));
      }
      starting = false;
    };

    const run = (attempt: Attempt) => {
      let last = false;
      let next: (() => void) | undefined;
      attempts
        .connect(attempt)
        .pipe(takeUntilTeardown(subscriber))
        .subscribe({
          next: value => {
            if (failures > 0 && attempts.isProgress(value)) failures = 0;
            last = attempts.isLast?.(value) ?? false;
            subscriber.next(value);
          },
          error: (error: unknown) => (next = () => failed(attempt, error)),
          complete: () => (next = () => ended(last)),
        })
        // Not in the last notification, but when the source has let go of all that it held: never two at once.
        .add(() => next?.());
    };

    const failed = (attempt: Attempt, error: unknown) => {
      // The attempt as it now stands: where a value came, it is the first again.
      const attempted = { ...attempt, count: failures };
      const decision = settle('reconnect.when', () => policy.when(error, attempted));
      if (++failures > policy.count) subscriber.error(error);
      else wait({ count: failures, error }, decision);
    };

    const ended = (last: boolean) => {
      if (subscriber.closed) return;
      if (last) subscriber.complete();
      else if (!policy.onEnd) close('end');
      else if (++failures > policy.count) close('exhausted');
      else wait({ count: failures }, of(true));
    };

    const close = (reason: 'end' | 'stopped' | 'exhausted') => {
      if (attempts.closed) subscriber.next(attempts.closed(reason));
      subscriber.complete();
    };

    const wait = (next: ReconnectAttempt, decision: Observable<ReconnectDecision>) => {
      let over = false;
      decision
        .pipe(
          switchMap(decided => pause(next, decided ?? isRetryable(next.error, policy.retryUnknown))),
          take(1),
          takeUntilTeardown(subscriber),
        )
        .subscribe({
          next: () => (over = true),
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            if (subscriber.closed) return;
            if (over) start(next);
            else close('stopped');
          },
        });
    };

    /** Emits when it is time for `next`, or errors where that was decided against. */
    const pause = (next: ReconnectAttempt, decided: boolean | number): Observable<unknown> => {
      if (decided === false) return throwError(() => next.error);
      const attempt = attempts.describe(next);
      const length = decided === true ? ownWait(attempt) : checkWait('reconnect.when', decided);
      const delay = typeof length === 'number' ? Math.min(length, MAX_WAIT) : undefined;
      return race(
        concat(withoutReplay(policy.wake), NEVER),
        defer(() => {
          // `wake` is listened to by now: it may be the answer to this.
          if (attempts.waiting) subscriber.next(attempts.waiting(delay, attempt));
          return delay === undefined ? from(length as ObservableInput<unknown>) : timer(delay, scheduler);
        }),
      );
    };

    const ownWait = (attempt: Attempt) => {
      const wait = policy.delay ? policy.delay(attempt) : backoff.waitAfter(attempt.count);
      return isObject(wait) ? wait : Math.max(checkWait('reconnect.delay', wait), retryAfter(attempt.error));
    };

    start({ count: 0 });
  });
}

const isRetryable = (error: unknown, otherwise: boolean) =>
  error instanceof EventSourceError ? error.retryable : otherwise;

const retryAfter = (error: unknown) => (error instanceof EventSourceError ? error.retryAfter : undefined) ?? 0;

function checkWait(name: string, wait: unknown): number {
  check(name, wait ?? null, typeof wait === 'number' && wait >= 0, 'milliseconds, 0 or more, as the answer');
  return wait as number;
}

/** The source less what it emits while it is being subscribed to. With it, a `BehaviorSubject` would end every wait. */
function withoutReplay<T>(source: Observable<T>): Observable<T> {
  return new Observable(subscriber => {
    let replaying = true;
    source.pipe(filter(() => !replaying)).subscribe(subscriber);
    replaying = false;
  });
}
