import { ENDED, noWait } from '#texts';
import { isObservable, Observable, type Observer, type SchedulerLike, Subscription } from 'rxjs';
import { EventSourceError, StreamEndedError } from '../errors.js';
import type { ClosedLifecycle, PausedLifecycle, WaitingLifecycle } from '../lifecycle.js';
import { fromAnswer, isPromiseLike, settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type Backoff, MAX_WAIT } from './backoff.js';
import { decide, type Effect, type Failure, type Happening, NEW_LIFE, nextAttempt } from './life.js';
import type { ReconnectAttempt, ResolvedPolicy, ReconnectWait } from './reconnect-policy.js';
import { StreamClosed } from './stream-closed.js';

/** What attempts are made of, and what is said between them. */
export interface Attempts<T, Attempt extends ReconnectAttempt> {
  readonly settings: {
    readonly reconnect: ResolvedPolicy<Attempt>;
    readonly scheduler: SchedulerLike;
    /** Attempts are made while its last value is `true`; always without it. */
    readonly connectWhile?: Observable<boolean> | undefined;
    /** Each value replaces the attempt by a new one. */
    readonly renew?: Observable<unknown> | undefined;
  };
  readonly backoff: Backoff;
  /** What lengths of time are measured by, in ms. */
  readonly clock: () => number;
  /** The attempt that was made last. */
  attempt: Attempt | undefined;
  /** The attempt as the application's own functions get it. */
  describe(attempt: ReconnectAttempt): Attempt;
  /** Makes an attempt; `opened` is called if it says when it is a connection. */
  connect(attempt: ReconnectAttempt, opened: () => void): Observable<T>;
  /** Whether the value shows that the source works, so that failures are counted from the start again. */
  isProgress(value: T): boolean;
  /** What an error of an attempt is to the policy. */
  judge(error: unknown): Failure;
  /** Gives up the position, which the server has refused. */
  startOver?(): void;
  /** What is waited for before anything is said of a failure, if anything is; it emits once. */
  beforeFailure?(): Observable<unknown> | undefined;
  /** What to emit for a step between attempts. */
  say?(step: WaitingLifecycle | PausedLifecycle | ClosedLifecycle): T;
}

/**
 * One attempt after the other, never two at once, with the policy's waits in between, until `owner` ends. It errors with the last
 * error if the policy is spent or says no, and completes if a clean end is final.
 */
export function runLife<T, Attempt extends ReconnectAttempt>(
  attempts: Attempts<T, Attempt>,
  destination: Observer<T>,
  owner: Subscription,
): void {
  new LifeRunner(attempts, destination, owner).start();
}

/** Does what `decide` decides. It observes the attempt, and is the only object between an attempt's values and their destination. */
class LifeRunner<T, Attempt extends ReconnectAttempt> implements Observer<T> {
  private life = NEW_LIFE;
  /** What goes on: an attempt, a question, or a wait. */
  private running = new Subscription();
  /** The attempt to make when the one that is being started has been. */
  private due: ReconnectAttempt | undefined;
  private starting = false;
  /** How the attempt has ended; undefined as long as it runs. */
  private outcome: { readonly error?: unknown } | undefined;

  constructor(
    private readonly attempts: Attempts<T, Attempt>,
    private readonly target: Observer<T>,
    private readonly owner: Subscription,
  ) {}

  start(): void {
    const { attempts, owner } = this;
    const { connectWhile, renew } = attempts.settings;
    // What it replays comes before there is anything to renew.
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

  /** The attempt has let go of all that it held. Only now, and not in its last notification, another may follow: never two at once. */
  unsubscribe(): void {
    const { attempts, outcome } = this;
    if (!outcome) return;
    this.outcome = undefined;
    if (!('error' in outcome)) this.happen({ what: 'end' });
    else if (outcome.error instanceof StreamClosed) this.happen({ what: 'close', reason: outcome.error.reason });
    else {
      const failure: Happening = { what: 'fail', ...attempts.judge(outcome.error) };
      const known = attempts.beforeFailure?.();
      if (known) this.watch(known, this.begin(), () => failure);
      else this.happen(failure);
    }
  }

  /** Tells what each value of `source` is to the life, and what its end is. An error ends the stream. */
  private watch<V>(source: Observable<V>, until: Subscription, of: (value: V) => Happening, end?: Happening): void {
    source.pipe(takeUntilTeardown(until)).subscribe({
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
    // Something may have happened while it ended.
    if (this.life !== life) return;
    this.perform(effect);
  }

  /** What goes on from now on, unless it is an attempt: that is a subscription of its own. */
  private begin(): Subscription {
    const { owner } = this;
    owner.add((this.running = new Subscription()));
    return this.running;
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

  // A loop and not a recursion: if source and waits are synchronous, the stack must not grow with the attempts.
  private connect(next: ReconnectAttempt): void {
    this.due = next;
    if (this.starting) return;
    this.starting = true;
    for (let attempt; (attempt = this.due);) {
      this.due = undefined;
      this.outcome = undefined;
      const values = this.attempts.connect(attempt, () => this.happen({ what: 'open' }));
      new Observable<T>(subscriber => {
        this.owner.add((this.running = subscriber));
        if (!subscriber.closed) values.subscribe(subscriber);
      })
        .subscribe(this)
        .add(this);
    }
    this.starting = false;
  }

  /** The attempt that follows. */
  private following(): Attempt {
    return this.attempts.describe(nextAttempt(this.life));
  }

  private ask(count: number): void {
    const { life } = this;
    const { attempt, settings } = this.attempts;
    const running = this.begin();
    const { when } = settings.reconnect;
    const error = life.clean ? new StreamEndedError(ENDED) : life.error;
    const answer = settle('reconnect.when', () => attempt && when?.(error, { ...attempt, count }));
    this.watch(answer, running, decision => ({ what: 'decide', decision }));
    this.sayWaiting(running, undefined, this.following());
  }

  /** Unless the application has ended by its answer, at once or within it, what would be waited for. */
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

      // What `wake` replays while it is being subscribed to does not count: a `BehaviorSubject` would end every wait.
      let replaying = true;
      reconnect.wake.pipe(takeUntilTeardown(waiter)).subscribe({
        next: value => replaying || waiter.next(value),
        error: (error: unknown) => waiter.error(error),
      });
      replaying = false;
      // `wake` is listened to by now: it may be the answer to this.
      this.sayWaiting(waiter, delay, attempt);
      if (waiter.closed) return;
      if (delay === undefined) fromAnswer<unknown>(length).subscribe(waiter);
      else waiter.add(scheduler.schedule(() => waiter.next(undefined), delay));
    });
    this.watch(pause, this.begin(), () => ({ what: 'due' }), { what: 'close', reason: 'stopped' });
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

/** Also in production: a wait that is no number would be none, and make a busy loop. */
function checkWait(name: string, wait: unknown): number {
  if (typeof wait === 'number' && wait >= 0) return wait;
  throw new TypeError(noWait(name, wait));
}
