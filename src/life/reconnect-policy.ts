import { Observable } from 'rxjs';
import type { Answer } from '../settle.js';
import type { BackoffConfig } from './backoff.js';

/** An attempt, as your own functions receive it. */
export interface ReconnectAttempt {
  /**
   * How many attempts in a row have failed or ended since the last success; 0 for the first attempt of a subscription.
   */
  readonly count: number;
  /** Why the last attempt failed; absent for the first attempt and after a clean end. */
  readonly error?: unknown;
}

/**
 * Reconnect after the policy's own wait (`true`), after this many ms (or longer if `Retry-After` says so), never
 * (`false`), or by the default rule (`undefined`).
 */
export type ReconnectDecision = boolean | number | undefined;

/** How long to wait: milliseconds, or an Observable or Promise whose first value ends the wait. */
export type ReconnectWait = number | Observable<unknown> | PromiseLike<unknown>;

/**
 * When and how to reconnect. All parts are optional.
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
   * How many attempts in a row may fail before the stream errors with the last error. Resets after the first event (for
   * the operator `reconnect`, the first value), not after the headers, or if a connection stays open for `maxDelay`. A clean end counts as a failure,
   * because a server that closes each connection at once isn't working.
   * @default Infinity
   */
  readonly count?: number | undefined;
  /**
   * The first wait, in milliseconds. It grows by `factor` with each failure in a row, up to `maxDelay`, and is
   * shortened by up to `jitter`.
   *
   * A function replaces all of this, and the server's `retry:`. It returns milliseconds, or an Observable or Promise
   * whose first value ends the wait. If the Observable completes without a value, the stream completes.
   *
   * `retry:` and `Retry-After` are minimums. The wait is never shorter, even if they exceed `maxDelay`, and up to
   * `jitter` of them is added.
   * @default 3000
   */
  readonly delay?: number | ((attempt: Attempt) => ReconnectWait) | undefined;
  /**
   * Decides about each failure. It receives the error and the attempt that failed: its `count` is the number of
   * failures in a row before this one, and its `error` is the reason for this attempt. So a 401 after a 401 tells you
   * that refreshing the token didn't help. If it throws, the stream errors.
   *
   * Also called after a clean end that would reconnect (`onEnd`), with a `StreamEndedError`. If it returns `false`, the
   * stream completes.
   * @default the same as `undefined`: an `EventSourceError` reconnects if it's `retryable`. A rejected Promise of
   * `headers`, `prepare` or `resume` reconnects. For `fromEventSource`, any other error comes from your own code and is
   * final; the operator `reconnect` retries it.
   */
  readonly when?: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  /**
   * Whether to reconnect after a clean end.
   * @default `true` for GET requests, otherwise `false`
   */
  readonly onEnd?: boolean | undefined;
  /**
   * Whether the server's `retry:` replaces `delay`. A function receives its milliseconds. An accepted value is clamped
   * to at least 100 ms (or `delay` if that is less) and at most an hour.
   * @default true
   */
  readonly serverDelay?: boolean | ((milliseconds: number) => boolean) | undefined;
  /**
   * Ends a wait as soon as it emits. Values that it replays on subscribe don't count.
   * @default the browser's `online` event
   */
  readonly wake?: Observable<unknown> | undefined;
}

/** Emits when the browser is back online; never in Node. Has no effect before you subscribe. */
const backOnline = /* @__PURE__ */ new Observable<unknown>(subscriber => {
  if (typeof addEventListener !== 'function') return undefined;
  const listener = (event: Event) => subscriber.next(event);
  addEventListener('online', listener);
  return () => removeEventListener('online', listener);
});

/** A policy with all defaults, except for the waits, which `Backoff` knows. */
export interface ResolvedPolicy<Attempt extends ReconnectAttempt> {
  readonly count: number;
  readonly onEnd: boolean;
  readonly delay: ((attempt: Attempt) => ReconnectWait) | undefined;
  readonly when: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  readonly serverDelay: boolean | ((milliseconds: number) => boolean);
  readonly wake: Observable<unknown>;
  readonly backoff: BackoffConfig;
}

/** Fills in the defaults of a policy. `false` never reconnects. */
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
