import { checkBackoff } from '#option-checks';
import { asyncScheduler, type Observable, type SchedulerLike, timer } from 'rxjs';
import { Backoff, type BackoffConfig } from '../life/backoff.js';

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
  checkBackoff(config);
  const waits = new Backoff(config);
  return (_error, count) => timer(waits.waitAfter(count), scheduler);
}
