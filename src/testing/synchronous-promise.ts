type Settled<T> = { readonly value: T } | { readonly reason: unknown };

/** Callbacks that are due, oldest first, while one runs: each runs after the one before, not within it. */
const due: (() => void)[] = [];
let running = false;

function run(...callbacks: (() => void)[]): void {
  due.push(...callbacks);
  if (running) return;
  running = true;
  try {
    for (let next; (next = due.shift());) next();
  } finally {
    running = false;
  }
}

/**
 * A Promise that calls back at once, and not in a microtask: what a test does to a fake server has come to the subscriber when the call
 * returns, and a TestScheduler, which waits for no microtask, can drive it.
 */
export class SynchronousPromise<T> implements PromiseLike<T> {
  private settled: Settled<T> | undefined;
  /** A rejection that nobody listens to yet: it becomes one of the platform's, which test runners report. */
  private unheard: Promise<never> | undefined;
  private readonly callbacks: (() => void)[] = [];

  /** Fulfils it, unless it is settled already. */
  readonly resolve = (value: T): void => this.settle({ value });

  /** Rejects it, unless it is settled already. */
  readonly reject = (reason: unknown): void => this.settle({ reason });

  then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): SynchronousPromise<Fulfilled | Rejected> {
    type Next = Fulfilled | Rejected | T;
    const next = new SynchronousPromise<Next>();
    const callback = () => {
      const { settled } = this;
      if (!settled) return;
      try {
        let answer: Next | PromiseLike<Next>;
        if ('value' in settled) answer = onFulfilled ? onFulfilled(settled.value) : settled.value;
        else if (onRejected) answer = onRejected(settled.reason);
        else throw settled.reason;
        if (isPromiseLike(answer)) answer.then(next.resolve, next.reject);
        else next.resolve(answer);
      } catch (error) {
        next.reject(error);
      }
    };
    this.unheard?.catch(() => undefined);
    if (this.settled) run(callback);
    else this.callbacks.push(callback);
    return next as SynchronousPromise<Fulfilled | Rejected>;
  }

  catch<Rejected = never>(onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null) {
    return this.then(undefined, onRejected);
  }

  private settle(settled: Settled<T>): void {
    if (this.settled) return;
    this.settled = settled;
    if ('reason' in settled && this.callbacks.length === 0) this.unheard = Promise.reject(settled.reason);
    run(...this.callbacks.splice(0));
  }
}

const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
