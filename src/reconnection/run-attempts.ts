import { Observable, type ObservableInput, type Observer, type SchedulerLike, type Subscription } from 'rxjs';
import { checkGiven, isObject, MILLISECONDS } from '../check.js';
import { EventSourceError } from '../errors.js';
import type { ClosedLifecycle } from '../lifecycle.js';
import { andThen, fromAnswer, settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type Backoff, MAX_WAIT } from './backoff.js';
import { fromInput } from './from-input.js';
import type { ReconnectAttempt, ReconnectDecision, ResolvedPolicy } from './reconnect-policy.js';
import { StreamClosed } from './stream-closed.js';

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
  /** What is waited for before anything is said of a failure; it emits once. */
  readonly beforeFailure?: Observable<unknown>;
  /** What to emit before a wait. */
  waiting?(delay: number | undefined, attempt: Attempt): T;
  /** What to emit before completing. */
  closed?(reason: ClosedLifecycle['reason']): T;
}

/**
 * One attempt after the other, never two at once, with the policy's waits in between, until `owner` ends. It errors with the last
 * error where the policy is spent or says no, and completes where a clean end is final.
 */
export function runAttempts<T, Attempt extends ReconnectAttempt>(
  attempts: Attempts<T, Attempt>,
  destination: Observer<T>,
  owner: Subscription,
): void {
  new AttemptRunner(attempts, destination, owner).start({ count: 0 });
}

/** Observes the attempt that runs. It is one object, and the only one between an attempt's values and their destination. */
class AttemptRunner<T, Attempt extends ReconnectAttempt> implements Observer<T> {
  private failures = 0;
  private due: ReconnectAttempt | undefined;
  private starting = false;
  private attempt!: Attempt;
  /** How the attempt has ended; undefined as long as it runs. */
  private end: { readonly error?: unknown } | undefined;

  constructor(
    private readonly attempts: Attempts<T, Attempt>,
    private readonly destination: Observer<T>,
    private readonly owner: Subscription,
  ) {}

  // A loop and not a recursion: where source and waits are synchronous, the stack must not grow with the attempts.
  start(next: ReconnectAttempt): void {
    this.due = next;
    if (this.starting) return;
    this.starting = true;
    for (let attempt; (attempt = this.due);) {
      this.due = undefined;
      this.run(this.attempts.describe(attempt));
    }
    this.starting = false;
  }

  private run(attempt: Attempt): void {
    this.attempt = attempt;
    this.attempts.connect(attempt).pipe(takeUntilTeardown(this.owner)).subscribe(this).add(this);
  }

  next(value: T): void {
    if (this.failures > 0 && this.attempts.isProgress(value)) this.failures = 0;
    this.destination.next(value);
  }

  error(error: unknown): void {
    this.end = { error };
  }

  complete(): void {
    this.end = {};
  }

  /** The attempt has let go of all that it held. Only now, and not in its last notification, another may follow: never two at once. */
  unsubscribe(): void {
    const { end } = this;
    if (!end) return;
    this.end = undefined;
    if (!('error' in end)) this.ended();
    else if (end.error instanceof StreamClosed) this.close(end.error.reason);
    else this.failed(end.error);
  }

  private failed(error: unknown): void {
    const { policy, beforeFailure = fromAnswer(undefined) } = this.attempts;
    // The attempt as it now stands: where a value came, it is the first again.
    const attempted = { ...this.attempt, count: this.failures };
    const count = ++this.failures;
    const decide = () => {
      if (count > policy.count) throw error;
      return settle('reconnect.when', () => policy.when?.(error, attempted));
    };
    this.wait({ count, error }, beforeFailure.pipe(andThen(decide)));
  }

  private ended(): void {
    const { policy } = this.attempts;
    if (!policy.onEnd) this.close('end');
    else if (++this.failures > policy.count) this.close('exhausted');
    else this.wait({ count: this.failures }, fromAnswer<ReconnectDecision>(true));
  }

  private close(reason: ClosedLifecycle['reason']): void {
    const { attempts, destination } = this;
    if (attempts.closed) destination.next(attempts.closed(reason));
    destination.complete();
  }

  private wait(next: ReconnectAttempt, decision: Observable<ReconnectDecision>): void {
    let over = false;
    decision
      .pipe(
        andThen(decided => this.pause(next, decided ?? isRetryable(next.error, this.attempts.policy.retryUnknown))),
        takeUntilTeardown(this.owner),
      )
      .subscribe({
        next: () => (over = true),
        error: (error: unknown) => this.destination.error(error),
        complete: () => {
          if (over) this.start(next);
          else this.close('stopped');
        },
      });
  }

  /** Emits when it is time for `next`, or errors where that was decided against. */
  private pause(next: ReconnectAttempt, decided: boolean | number): Observable<unknown> {
    const { attempts } = this;
    const { policy, scheduler } = attempts;
    return new Observable(waiter => {
      if (decided === false) throw next.error;
      const attempt = attempts.describe(next);
      const length = decided === true ? this.ownWait(attempt) : checkWait('reconnect.when', decided);
      const delay = typeof length === 'number' ? Math.min(length, MAX_WAIT) : undefined;
      const error = (error: unknown) => waiter.error(error);
      const complete = () => waiter.complete();
      const over = () => {
        waiter.next(undefined);
        complete();
      };

      // What `wake` replays while it is being subscribed to does not count: a `BehaviorSubject` would end every wait.
      let replaying = true;
      const wake = () => replaying || over();
      policy.wake.pipe(takeUntilTeardown(waiter)).subscribe({ next: wake, error });
      replaying = false;
      // `wake` is listened to by now: it may be the answer to this.
      if (attempts.waiting) this.destination.next(attempts.waiting(delay, attempt));
      if (waiter.closed) return;
      if (delay !== undefined) {
        waiter.add(scheduler.schedule(over, delay));
      } else {
        const input = fromInput('reconnect.delay', length as ObservableInput<unknown>);
        input.pipe(takeUntilTeardown(waiter)).subscribe({ next: over, error, complete });
      }
    });
  }

  private ownWait(attempt: Attempt): number | ObservableInput<unknown> {
    const { policy, backoff } = this.attempts;
    const wait = policy.delay ? policy.delay(attempt) : backoff.waitAfter(attempt.count);
    return isObject(wait) ? wait : Math.max(checkWait('reconnect.delay', wait), retryAfter(attempt.error));
  }
}

const isRetryable = (error: unknown, otherwise: boolean) =>
  error instanceof EventSourceError ? error.retryable : otherwise;

const retryAfter = (error: unknown) => (error instanceof EventSourceError ? error.retryAfter : undefined) ?? 0;

function checkWait(name: string, wait: unknown): number {
  checkGiven(name, wait, [`${MILLISECONDS[0]} as the answer`, MILLISECONDS[1]]);
  return wait as number;
}
