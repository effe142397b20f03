import { checkBackoff } from '#option-checks';
import { asyncScheduler, type Observable, type SchedulerLike, timer } from 'rxjs';
import { Backoff, type BackoffConfig } from '../life/backoff.js';

/**
 * Creates growing waits for the `delay` of RxJS's `retry`. After the n-th failure in a row, the wait is `delay ×
 * factor^(n - 1)`, at most `maxDelay`, shortened at random by up to `jitter`. Each wait is an Observable that emits
 * once when it's over. Unsubscribing clears its timer.
 *
 * @param config `delay` (3000 ms), `maxDelay` (30 000 ms), `factor` (2), `jitter` (0.5)
 * @param scheduler the scheduler of the waits; `asyncScheduler` by default
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
