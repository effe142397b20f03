import { Observable } from 'rxjs';
import type { Answer } from '../settle.js';
import type { BackoffConfig } from './backoff.js';

/** One attempt, as your own functions get it. */
export interface ReconnectAttempt {
  /** How many attempts in a row have failed or ended since the last one that was a success; 0 for the first attempt of a subscription. */
  readonly count: number;
  /** Why the last attempt failed; absent for the first attempt and after a clean end. */
  readonly error?: unknown;
}

/** Reconnect after the policy's own wait (`true`), after so many ms (or longer, if `Retry-After` says so), not at all (`false`), or as the default rule has it (`undefined`). */
export type ReconnectDecision = boolean | number | undefined;

/** How long to wait: milliseconds, or an Observable or Promise whose first value ends the wait. */
export type ReconnectWait = number | Observable<unknown> | PromiseLike<unknown>;

/**
 * When to try again. Every part may be left out.
 *
 * @example
 * ```ts
 * const patient: ReconnectPolicy = { delay: 500, maxDelay: 60_000, count: 20 };
 * const stubborn: ReconnectPolicy = { delay: 1000, factor: 1, when: () => true };
 * ```
 */
export interface ReconnectPolicy<Attempt extends ReconnectAttempt = ReconnectAttempt> extends Omit<
  BackoffConfig,
  'delay'
> {
  /**
   * How many attempts in a row may fail before the last error is delivered. It starts again after a success: once a value has come, or a
   * connection was open for `maxDelay`. A clean end counts too: a server that hangs up at once is no success.
   * @default Infinity
   */
  readonly count?: number | undefined;
  /**
   * The first wait, in milliseconds; it grows by `factor` with each failure in a row, up to `maxDelay`, and is cut by up to
   * `jitter`. A function replaces all that, and the server's `retry:`: it returns milliseconds, or an Observable or
   * Promise whose first value ends the wait (one that completes without a value ends the stream).
   *
   * `retry:` and `Retry-After` are minimums: the wait is never shorter, whatever `maxDelay` says, and up to `jitter` of them is added.
   * @default 3000
   */
  readonly delay?: number | ((attempt: Attempt) => ReconnectWait) | undefined;
  /**
   * Asked after each failure, with the attempt that failed: its `count` is the number of failures in a row before this one, its
   * `error` why it was made. So a 401 after a 401 tells you that a refreshed token did not help. What it throws ends the stream.
   *
   * It is asked after a clean end as well, if that reconnects (`onEnd`), with a `StreamEndedError`: `false` completes the stream then.
   * @default the rule that `undefined` stands for: an `EventSourceError` says by `retryable` whether it reconnects, and what a Promise of
   * `headers`, `prepare` or `resume` rejects with does. Any other error is, for `fromEventSource`, one of your own code and final; the operator
   * `reconnect` retries it.
   */
  readonly when?: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  /**
   * Whether a clean end reconnects.
   * @default `true` for a stream requested by GET, else `false`
   */
  readonly onEnd?: boolean | undefined;
  /**
   * Whether the server's `retry:` replaces `delay`; a predicate gets its milliseconds. What is accepted is clamped to
   * at least 100 ms (or `delay` if that is less) and at most an hour.
   * @default true
   */
  readonly serverDelay?: boolean | ((milliseconds: number) => boolean) | undefined;
  /**
   * A value during a wait ends the wait. What it replays when it is subscribed to does not count.
   * @default the browser's `online` event
   */
  readonly wake?: Observable<unknown> | undefined;
}

/** The browser is back online; never in Node. Nothing is touched before it is subscribed to. */
const backOnline = /* @__PURE__ */ new Observable<unknown>(subscriber => {
  if (typeof addEventListener !== 'function') return undefined;
  const listener = (event: Event) => subscriber.next(event);
  addEventListener('online', listener);
  return () => removeEventListener('online', listener);
});

/** A policy with its defaults filled in, but for the waits, which a `Backoff` knows. */
export interface ResolvedPolicy<Attempt extends ReconnectAttempt> {
  readonly count: number;
  readonly onEnd: boolean;
  readonly delay: ((attempt: Attempt) => ReconnectWait) | undefined;
  readonly when: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  readonly serverDelay: boolean | ((milliseconds: number) => boolean);
  readonly wake: Observable<unknown>;
  readonly backoff: BackoffConfig;
}

/** Fills in the defaults of a policy; `false` never reconnects. */
export function resolvePolicy<Attempt extends ReconnectAttempt>(
  policy: ReconnectPolicy<Attempt> | false,
  defaults: { readonly onEnd: boolean },
): ResolvedPolicy<Attempt> {
  const given: ReconnectPolicy<Attempt> = policy || { count: 0, onEnd: false };
  const { count = Infinity, onEnd = defaults.onEnd, delay, when, serverDelay = true, wake = backOnline } = given;
  const decides = typeof delay === 'function';
  return {
    count,
    onEnd,
    delay: decides ? delay : undefined,
    when,
    serverDelay: !decides && serverDelay,
    wake,
    backoff: decides ? { ...given, delay: undefined } : (given as BackoffConfig),
  };
}
