import { ENDED, noWait } from '#texts';
import { isObservable, Observable, type Observer, type SchedulerLike, Subscription } from 'rxjs';
import { EventSourceError, StreamEndedError } from '../errors.js';
import type { ClosedLifecycle, PausedLifecycle, WaitingLifecycle } from '../lifecycle.js';
import { fromAnswer, isPromiseLike, settle } from '../settle.js';
import { type Owner, takeUntilTeardown } from '../take-until-teardown.js';
import { type Backoff, MAX_WAIT } from './backoff.js';
import { decide, type Effect, type Failure, type Happening, NEW_LIFE, nextAttempt } from './life.js';
import type { ReconnectAttempt, ResolvedPolicy, ReconnectWait } from './reconnect-policy.js';
import { StreamClosed } from './stream-closed.js';

/** Makes the attempts of a subscription, and the steps between them. */
export interface Attempts<T, Attempt extends ReconnectAttempt> {
  readonly settings: {
    readonly reconnect: ResolvedPolicy<Attempt>;
    readonly scheduler: SchedulerLike;
    /** Attempts are made while its last value is `true`, or always if it's `undefined`. */
    readonly connectWhile?: Observable<boolean> | undefined;
    /** Each value replaces the attempt with a new one. */
    readonly renew?: Observable<unknown> | undefined;
  };
  readonly backoff: Backoff;
  /** Measures lengths of time, in ms. */
  readonly clock: () => number;
  /** The last attempt. */
  attempt: Attempt | undefined;
  /** Returns the attempt as your own functions receive it. */
  describe(attempt: ReconnectAttempt): Attempt;
  /** Starts an attempt. Calls `opened` when it's connected, if it can tell. */
  connect(attempt: ReconnectAttempt, opened: () => void): Observable<T>;
  /** Whether the value shows that the source works. If so, the failures reset. */
  isProgress(value: T): boolean;
  /** Tells the policy what the error of an attempt means. */
  judge(error: unknown): Failure;
  /** Gives up the position, which the server rejected. */
  startOver?(): void;
  /** Returns what to wait for before a failure is reported, if anything. It emits once. */
  beforeFailure?(): Observable<unknown> | undefined;
  /** Returns the value to emit for a step between attempts. */
  say?(step: WaitingLifecycle | PausedLifecycle | ClosedLifecycle): T;
}

/**
 * Runs attempts one after the other, with the waits of the policy in between, until `owner` ends. There are never two
 * attempts at once. Errors with the last error if the policy gives up, and completes after a clean end that is final.
 */
export function runLife<T, Attempt extends ReconnectAttempt>(
  attempts: Attempts<T, Attempt>,
  destination: Observer<T>,
  owner: Subscription,
): void {
  new LifeRunner(attempts, destination, owner).start();
}

/**
 * Carries out the decisions of `decide`. It observes the attempt, and is the only object between an attempt's values
 * and their destination.
 */
class LifeRunner<T, Attempt extends ReconnectAttempt> implements Observer<T>, Owner {
  private life = NEW_LIFE;
  /** The current attempt, question or wait. */
  private running = new Subscription();
  /** The attempt to start after the one that is starting now. */
  private due: ReconnectAttempt | undefined;
  private starting = false;
  /** How the attempt ended; `undefined` while it runs. */
  private outcome: { readonly error?: unknown } | undefined;

  constructor(
    private readonly attempts: Attempts<T, Attempt>,
    private readonly target: Observer<T>,
    private readonly owner: Subscription,
  ) {}

  start(): void {
    const { attempts, owner } = this;
    const { connectWhile, renew } = attempts.settings;
    // Values that it replays on subscribe come before there is anything to renew.
    if (renew) this.watch(renew, owner, () => ({ what: 'renew' }));
    if (!connectWhile) {
      this.happen({ what: 'run' });
      return;
    }
    const held = (holds: unknown) => ({ what: holds === true ? 'run' : 'pause' }) as const;
    this.watch(connectWhile, owner, held, { what: 'settle' });
    if (this.life.phase === 'idle') this.happen({ what: 'pause' });
  }

  next(value: T): void {
    if (this.life.failures > 0 && this.attempts.isProgress(value)) this.happen({ what: 'progress' });
    this.target.next(value);
  }

  error(error: unknown): void {
    this.outcome = { error };
  }

  complete(): void {
    this.outcome = {};
  }

  /**
   * The attempt has released everything. The next one starts here, not in the last notification of this one, so there
   * are never two at once.
   */
  unsubscribe(): void {
    const { attempts, outcome } = this;
    if (!outcome) return;
    this.outcome = undefined;
    if (!('error' in outcome)) this.happen({ what: 'end' });
    else if (outcome.error instanceof StreamClosed) this.happen({ what: 'close', reason: outcome.error.reason });
    else {
      const failure: Happening = { what: 'fail', ...attempts.judge(outcome.error) };
      const known = attempts.beforeFailure?.();
      if (known) this.watch(known, this, () => failure);
      else this.happen(failure);
    }
  }

  /** Turns the values and the end of `source` into happenings. If it errors, the stream errors. */
  private watch<V>(source: Observable<V>, owner: Owner, of: (value: V) => Happening, end?: Happening): Subscription {
    return source.pipe(takeUntilTeardown(owner)).subscribe({
      next: value => this.happen(of(value)),
      error: (error: unknown) => this.happen({ what: 'crash', error }),
      complete: () => end && this.happen(end),
    });
  }

  private happen(happening: Happening): void {
    const { attempts, owner } = this;
    if (owner.closed) return;
    const { count, onEnd } = attempts.settings.reconnect;
    const rules = { count, onEnd, steadyAfter: attempts.backoff.maxDelay };
    const [life, effect] = decide(this.life, happening, attempts.clock(), rules);
    this.life = life;
    if (!effect) return;
    this.due = undefined;
    this.running.unsubscribe();
    // Unsubscribing may have caused something else to happen.
    if (this.life !== life) return;
    this.perform(effect);
  }

  /** Makes an attempt, a question or a wait the current one. It ends with the owner. */
  add(running: Subscription): void {
    this.owner.add((this.running = running));
  }

  private perform(effect: Effect): void {
    const { attempts, target } = this;
    switch (effect.do) {
      case 'connect':
        if (effect.afresh) attempts.startOver?.();
        this.connect(effect.attempt);
        break;
      case 'ask':
        this.ask(effect.count);
        break;
      case 'wait':
        this.wait(effect.length);
        break;
      case 'pause':
        this.say({ kind: 'paused' });
        break;
      case 'close':
        this.say({ kind: 'closed', reason: effect.reason });
        target.complete();
        break;
      case 'fail':
        target.error(effect.error);
    }
  }

  // A loop, not a recursion: with a synchronous source and synchronous waits, the stack must not grow with the
  // attempts.
  private connect(next: ReconnectAttempt): void {
    this.due = next;
    if (this.starting) return;
    this.starting = true;
    for (let attempt; (attempt = this.due);) {
      this.due = undefined;
      this.outcome = undefined;
      const values = this.attempts.connect(attempt, () => this.happen({ what: 'open' }));
      values.pipe(takeUntilTeardown(this)).subscribe(this).add(this);
    }
    this.starting = false;
  }

  /** Returns the next attempt. */
  private following(): Attempt {
    return this.attempts.describe(nextAttempt(this.life));
  }

  private ask(count: number): void {
    const { life } = this;
    const { attempt, settings } = this.attempts;
    const { when } = settings.reconnect;
    const error = life.clean ? new StreamEndedError(ENDED) : life.error;
    const answer = settle('reconnect.when', () => attempt && when?.(error, { ...attempt, count }));
    const asking = this.watch(answer, this, decision => ({ what: 'decide', decision }));
    this.sayWaiting(asking, undefined, this.following());
  }

  /** Reports the wait, unless your code has already ended it with its answer. */
  private sayWaiting(waits: Subscription, delay: number | undefined, { count, error }: Attempt): void {
    if (waits.closed) return;
    this.say({ kind: 'waiting', delay, attempt: count, ...(error === undefined ? {} : { error }) });
  }

  private say(step: WaitingLifecycle | PausedLifecycle | ClosedLifecycle): void {
    const { attempts, target } = this;
    if (attempts.say) target.next(attempts.say(step));
  }

  private wait(decided: number | true): void {
    const { attempts } = this;
    const { scheduler, reconnect } = attempts.settings;
    const pause = new Observable<unknown>(waiter => {
      const attempt = this.following();
      const length = this.lengthOf(decided, attempt);
      const delay = typeof length === 'number' ? Math.min(length, MAX_WAIT) : undefined;

      // Ignores values that `wake` replays on subscribe: a `BehaviorSubject` would end every wait.
      let replaying = true;
      reconnect.wake.pipe(takeUntilTeardown(waiter)).subscribe({
        next: value => replaying || waiter.next(value),
        error: (error: unknown) => waiter.error(error),
      });
      replaying = false;
      // Comes after subscribing to `wake`, because `wake` may emit in response to this.
      this.sayWaiting(waiter, delay, attempt);
      if (waiter.closed) return;
      if (delay === undefined) fromAnswer<unknown>(length).subscribe(waiter);
      else waiter.add(scheduler.schedule(() => waiter.next(undefined), delay));
    });
    this.watch(pause, this, () => ({ what: 'due' }), { what: 'close', reason: 'stopped' });
  }

  private lengthOf(decided: number | true, attempt: Attempt): ReconnectWait {
    const { backoff, settings } = this.attempts;
    const { delay } = settings.reconnect;
    const { error } = attempt;
    const floor = (error instanceof EventSourceError ? error.retryAfter : undefined) ?? 0;
    const own = decided === true;
    const wait = own ? (delay ? delay(attempt) : backoff.waitAfter(attempt.count)) : decided;
    if (isObservable(wait) || isPromiseLike(wait)) return wait;
    return Math.max(checkWait(own ? 'reconnect.delay' : 'reconnect.when', wait), backoff.atLeast(floor));
  }
}

/** Also in production: a wait that isn't a number would be no wait, and cause a busy loop. */
function checkWait(name: string, wait: unknown): number {
  if (typeof wait === 'number' && wait >= 0) return wait;
  throw new TypeError(noWait(name, wait));
}
