/** How long the waits between attempts are. */
export interface BackoffConfig {
  /**
   * The first wait, in milliseconds.
   * @default 3000
   */
  readonly delay?: number | undefined;
  /**
   * The longest of these waits, in milliseconds. It doesn't bound what a server asks for (`retry:`, `Retry-After`).
   * @default 30_000, or `delay` if that is more
   */
  readonly maxDelay?: number | undefined;
  /**
   * What each failure in a row multiplies the wait by.
   * @default 2
   */
  readonly factor?: number | undefined;
  /**
   * The largest share, from 0 to 1, by which a wait is cut at random, so that the clients of a server that fell do not come
   * back all at once. What a server asks for is never cut: there it is added.
   * @default 0.5
   */
  readonly jitter?: number | undefined;
}

/** The longest wait that the timers of the platforms know: they fire at once for anything above. */
export const MAX_WAIT = 2 ** 31 - 1;

/** The shortest first wait that a server can set, in milliseconds: with `retry: 0` it could make a busy loop. */
const MIN_SERVER_DELAY = 100;

/** No server can make anyone wait for longer, in milliseconds, but for the jitter on top: an hour. */
export const MAX_SERVER_WAIT = 3_600_000;

/** Also in production: what is no such number makes a wait that is none, which ends the stream. It must not be 0, and make a busy loop. */
const within = (min: number, value: number, max = Infinity) =>
  typeof value === 'number' && value >= min && value <= max ? value : NaN;

/** The waits of one subscription: where they start and how they grow. */
export class Backoff {
  readonly maxDelay: number;
  private delay: number;
  private readonly minServerDelay: number;
  /** What the server asked for by `retry:`. */
  private floor = 0;
  private readonly factor: number;
  private readonly jitter: number;

  constructor({ delay = 3000, maxDelay = Math.max(30_000, delay), factor = 2, jitter = 0.5 }: BackoffConfig) {
    this.delay = within(0, delay);
    this.minServerDelay = Math.min(MIN_SERVER_DELAY, delay);
    this.maxDelay = within(0, maxDelay);
    this.factor = within(1, factor);
    this.jitter = within(0, jitter, 1);
  }

  /** Takes the server's word for the first wait, within bounds, and returns what it became. */
  setDelay(milliseconds: number): number {
    return (this.delay = this.floor = Math.min(Math.max(milliseconds, this.minServerDelay), MAX_SERVER_WAIT));
  }

  /** The wait, in whole milliseconds, after so many failures in a row, 1 or more. */
  waitAfter(failures: number): number {
    // 0 stays 0: 0 × factor^n is not a number once the power is infinite.
    const grown = Math.min(this.delay && this.delay * this.factor ** (failures - 1), this.maxDelay);
    const cut = Math.round(grown * (1 - this.jitter * Math.random()));
    // [spec] HTML § 9.2.3: "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more."
    return Math.min(Math.max(cut, this.atLeast(this.floor)), MAX_WAIT);
  }

  /** What a server asked for, and up to `jitter` of it more: clients that were sent away together do not come back together. */
  atLeast(floor: number): number {
    return floor && Math.round(floor * (1 + this.jitter * Math.random()));
  }
}
