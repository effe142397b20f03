import { asyncScheduler, type MonoTypeOperatorFunction, Observable, type SchedulerLike } from 'rxjs';
import { Backoff } from './backoff.js';
import { type ReconnectPolicy, resolvePolicy } from './reconnect-policy.js';
import { runAttempts } from './run-attempts.js';

/**
 * Resubscribes to any Observable when it fails, by the same policy that reconnects an event stream: waits that grow and
 * are cut at random, `Retry-After` where an `EventSourceError` tells it, `when`, `wake`. Each value that comes starts the
 * count of failures, and so the waits, again.
 *
 * It errors with the last error once `count` is spent or `when` says `false`, and completes with its source, or resubscribes
 * then too with `onEnd: true`. By default every error is retried but an `EventSourceError` that is final. Unsubscribing ends
 * the source, or the wait.
 *
 * @param policy as the option `reconnect` of `fromEventSource`; `onEnd` is `false` by default
 * @param scheduler what the waits run on; `asyncScheduler` by default
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
  const resolved = resolvePolicy(policy, { onEnd: false, retryUnknown: true });
  return source =>
    new Observable(subscriber =>
      runAttempts(
        {
          policy: resolved,
          backoff: new Backoff(resolved.backoff),
          scheduler,
          describe: attempt => attempt,
          connect: () => source,
          isProgress: () => true,
        },
        subscriber,
        subscriber,
      ),
    );
}
