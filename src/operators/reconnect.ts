import { checkPolicy } from '#option-checks';
import { asyncScheduler, type MonoTypeOperatorFunction, Observable, type SchedulerLike } from 'rxjs';
import { EventSourceError } from '../errors.js';
import { Backoff } from '../life/backoff.js';
import { type ReconnectAttempt, type ReconnectPolicy, resolvePolicy } from '../life/reconnect-policy.js';
import { type Attempts, runLife } from '../life/run-life.js';

/**
 * Resubscribes to any Observable when it errors, with the same policy that reconnects an event stream: growing waits
 * with jitter, `when`, `wake`, and `Retry-After` if an `EventSourceError` has it. Each value resets the count of
 * failures, and so the waits.
 *
 * Errors with the last error if `count` is reached or `when` returns `false`. Completes with the source, or
 * resubscribes if you set `onEnd: true`. By default, it retries every error except a final `EventSourceError`.
 * Unsubscribing ends the source or the wait.
 *
 * @param policy like the option `reconnect` of `fromEventSource`; `onEnd` is `false` by default
 * @param scheduler the scheduler of the waits; `asyncScheduler` by default
 *
 * @example
 * ```ts
 * webSocket<Price>('wss://prices.example').pipe(reconnect({ delay: 500, count: 10 }));
 * ```
 */
export function reconnect<T>(
  policy: Omit<ReconnectPolicy, 'serverDelay'> = {},
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  checkPolicy(policy);
  const resolved = resolvePolicy(policy, { onEnd: false });
  return source =>
    new Observable(subscriber => {
      const attempts: Attempts<T, ReconnectAttempt> = {
        settings: { reconnect: resolved, scheduler },
        backoff: new Backoff(resolved.backoff),
        clock: () => 0,
        attempt: undefined,
        describe: attempt => attempt,
        connect: attempt => {
          attempts.attempt = attempt;
          return source;
        },
        isProgress: () => true,
        judge: error => ({ error, retryable: error instanceof EventSourceError ? error.retryable : true }),
      };
      runLife(attempts, subscriber, subscriber);
    });
}
