type Settled<T> = { readonly value: T } | { readonly reason: unknown };

/** Callbacks to run, oldest first, while one is running. Each runs after the previous one, not within it. */
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
 * A Promise that calls back at once, not in a microtask. So when a method of a fake server returns, the subscriber has
 * already received the result. A TestScheduler, which doesn't wait for microtasks, can control it too.
 */
export class SynchronousPromise<T> implements PromiseLike<T> {
  private settled: Settled<T> | undefined;
  /** A rejection without a listener. It becomes a rejection of the platform, which test runners report. */
  private unheard: Promise<never> | undefined;
  private readonly callbacks: (() => void)[] = [];

  /** Fulfills the Promise, unless it's settled. */
  readonly resolve = (value: T): void => this.settle({ value });

  /** Rejects the Promise, unless it's settled. */
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
