import { asyncScheduler, type Observable, type SchedulerLike, timer } from 'rxjs';
import { atLeast, check, checkEach, type Kind, MILLISECONDS, OBJECT } from '../check.js';

/** How long the waits between attempts are. */
export interface BackoffConfig {
  /**
   * The first wait, in milliseconds.
   * @default 3000
   */
  readonly delay?: number | undefined;
  /**
   * What no wait exceeds, in milliseconds.
   * @default 30_000, or `delay` where that is more
   */
  readonly maxDelay?: number | undefined;
  /**
   * What each failure in a row multiplies the wait by.
   * @default 2
   */
  readonly factor?: number | undefined;
  /**
   * The largest share, from 0 to 1, by which a wait is cut at random, so that the clients of a server that fell do not come
   * back all at once.
   * @default 0.5
   */
  readonly jitter?: number | undefined;
}

/** The longest wait that the timers of the platforms know: they fire at once for anything above. */
export const MAX_WAIT = 2 ** 31 - 1;

/** The shortest first wait that a server can set, in milliseconds: with `retry: 0` it could make a busy loop. */
const MIN_SERVER_DELAY = 100;

/** The waits of one subscription: where they start and how they grow. */
export class Backoff {
  private delay: number;
  private readonly minServerDelay: number;
  private readonly maxDelay: number;
  private readonly factor: number;
  private readonly jitter: number;

  constructor({ delay = 3000, maxDelay = Math.max(30_000, delay), factor = 2, jitter = 0.5 }: BackoffConfig) {
    this.delay = delay;
    this.minServerDelay = Math.min(MIN_SERVER_DELAY, delay);
    this.maxDelay = maxDelay;
    this.factor = factor;
    this.jitter = jitter;
  }

  /** Takes the server's word for the first wait, within the policy's bounds, and answers what it became. */
  setDelay(milliseconds: number): number {
    return (this.delay = Math.min(Math.max(milliseconds, this.minServerDelay), this.maxDelay));
  }

  /** The wait, in whole milliseconds, after the given number of failures in a row, 1 or more. */
  waitAfter(failures: number): number {
    // 0 stays 0: 0 × factor^n is not a number once the power is infinite.
    const grown = this.delay && this.delay * this.factor ** (failures - 1);
    return Math.round(Math.min(grown, this.maxDelay, MAX_WAIT) * (1 - this.jitter * Math.random()));
  }
}

export const BACKOFF_KINDS: Record<keyof BackoffConfig, Kind> = {
  delay: MILLISECONDS,
  maxDelay: MILLISECONDS,
  factor: /* @__PURE__ */ atLeast(1),
  jitter: ['a number from 0 to 1', value => typeof value === 'number' && value >= 0 && value <= 1],
};

/**
 * Waits that grow, for the `delay` of RxJS's own `retry`: the n-th failure in a row waits `delay × factor^(n - 1)`, at most
 * `maxDelay`, less a random share of up to `jitter`. Each wait is an Observable on `scheduler` that emits once when it is
 * over; unsubscribing clears its timer.
 *
 * @param config `delay` (3000 ms), `maxDelay` (30 000 ms), `factor` (2), `jitter` (0.5)
 * @param scheduler what the waits run on; `asyncScheduler` by default
 *
 * @example
 * ```ts
 * rates$.pipe(retry({ count: 8, delay: backoff({ delay: 500 }), resetOnSuccess: true }));
 * ```
 */
export function backoff(
  config: BackoffConfig = {},
  scheduler: SchedulerLike = asyncScheduler,
): (error: unknown, count: number) => Observable<0> {
  check('backoff', config, OBJECT);
  checkEach(BACKOFF_KINDS, config, 'backoff.');
  const waits = new Backoff(config);
  return (_error, count) => timer(waits.waitAfter(count), scheduler);
}
