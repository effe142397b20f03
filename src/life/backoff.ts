/** How long to wait between attempts. */
export interface BackoffConfig {
  /**
   * The first wait, in milliseconds.
   * @default 3000
   */
  readonly delay?: number | undefined;
  /**
   * The longest wait, in milliseconds. It doesn't limit what the server asks for (`retry:`, `Retry-After`).
   * @default 30_000, or `delay` if that is more
   */
  readonly maxDelay?: number | undefined;
  /**
   * Multiplies the wait after each failure in a row.
   * @default 2
   */
  readonly factor?: number | undefined;
  /**
   * The largest random part of a wait, from 0 to 1, so that the clients of a failed server don't all come back at the
   * same moment. It shortens the client's own waits. It extends a wait that the server asks for.
   * @default 0.5
   */
  readonly jitter?: number | undefined;
}

/** The longest time that timers support. With anything above, they fire at once. */
export const MAX_WAIT = 2 ** 31 - 1;

/** The shortest first wait that a server can set, in milliseconds. `retry: 0` must not cause a busy loop. */
const MIN_SERVER_DELAY = 100;

/** The longest wait that a server can set, in milliseconds, before jitter: one hour. */
export const MAX_SERVER_WAIT = 3_600_000;

/**
 * Keeps a number within limits. Also in production, a value that isn't a number becomes `NaN`, and the stream errors: 0
 * would cause a busy loop.
 */
const within = (min: number, value: number, max = Infinity) =>
  typeof value === 'number' && value >= min && value <= max ? value : NaN;

/** Computes the waits of one subscription. */
export class Backoff {
  readonly maxDelay: number;
  private delay: number;
  private readonly minServerDelay: number;
  /** The minimum wait that the server set with `retry:`. */
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

  /** Sets the first wait to a time from the server, within limits. Returns the time that was set. */
  setDelay(milliseconds: number): number {
    return (this.delay = this.floor = Math.min(Math.max(milliseconds, this.minServerDelay), MAX_SERVER_WAIT));
  }

  /** Returns the wait after this many failures in a row (1 or more), in whole milliseconds. */
  waitAfter(failures: number): number {
    // 0 stays 0: once the power is infinite, 0 × factor^n is `NaN`.
    const grown = Math.min(this.delay && this.delay * this.factor ** (failures - 1), this.maxDelay);
    const cut = Math.round(grown * (1 - this.jitter * Math.random()));
    // [spec] HTML § 9.2.3: "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more."
    return Math.min(Math.max(cut, this.atLeast(this.floor)), MAX_WAIT);
  }

  /**
   * Returns `floor` plus a random part of up to `jitter`, so that not all waiting clients come back together.
   */
  atLeast(floor: number): number {
    return floor && Math.round(floor * (1 + this.jitter * Math.random()));
  }
}
