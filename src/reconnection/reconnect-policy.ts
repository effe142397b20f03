import { isObservable, Observable, type ObservableInput } from 'rxjs';
import { atLeast, check, checkEach, FUNCTION, isObject, type Kind, MILLISECONDS } from '../check.js';
import type { Answer } from '../settle.js';
import { BACKOFF_KINDS, type BackoffConfig } from './backoff.js';

/** One attempt, as the application is told of it. */
export interface ReconnectAttempt {
  /** How many attempts in a row have ended since a value last came; 0 for the first attempt of a subscription. */
  readonly count: number;
  /** Why the last attempt failed; absent for the first attempt and after a clean end. */
  readonly error?: unknown;
}

/** Reconnect by the policy's own wait (`true`), after so many ms, not at all (`false`), or as the default rule has it. */
export type ReconnectDecision = boolean | number | undefined;

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
   * How many attempts in a row may fail before the last error is delivered. It starts again once a value has come, never
   * merely because a connection was made. A clean end counts too: a server that hangs up at once is no success.
   * @default Infinity
   */
  readonly count?: number | undefined;
  /**
   * The first wait, in milliseconds; it grows by `factor` with each failure in a row, up to `maxDelay`, and is cut by up to
   * `jitter`. A function replaces all that, and the server's delay: it answers with milliseconds, or with an Observable or
   * Promise whose first value ends the wait (one that completes without a value ends the stream).
   * @default 3000
   */
  readonly delay?: number | ((attempt: Attempt) => number | ObservableInput<unknown>) | undefined;
  /**
   * Asked after each failure, with the attempt that failed: its `count` is the number of failures in a row before this one, its
   * `error` why it was made. So a 401 after a 401 tells that a refreshed token did not help. What it throws ends the stream.
   * @default the rule that `undefined` stands for: an `EventSourceError` says by `retryable` whether it reconnects. Any other
   * error is, for `fromEventSource`, one of the application's own code and final; the operator `reconnect` retries it.
   */
  readonly when?: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  /**
   * Whether a clean end reconnects.
   * @default `true` for a stream requested by GET, else `false`
   */
  readonly onEnd?: boolean | undefined;
  /**
   * Whether the server's `retry:` replaces `delay`; a predicate is asked with its milliseconds. What is accepted is clamped to
   * at least 100 ms (or `delay` where that is less) and at most `maxDelay`.
   * @default true
   */
  readonly serverDelay?: boolean | ((milliseconds: number) => boolean) | undefined;
  /**
   * A value during a wait ends the wait. What it replays while being subscribed to does not count.
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
  /** Whether a failure that is no `EventSourceError` reconnects. */
  readonly retryUnknown: boolean;
  readonly delay: ((attempt: Attempt) => number | ObservableInput<unknown>) | undefined;
  readonly when: ((error: unknown, attempt: Attempt) => Answer<ReconnectDecision>) | undefined;
  readonly serverDelay: boolean | ((milliseconds: number) => boolean);
  readonly wake: Observable<unknown>;
  readonly backoff: BackoffConfig;
}

const POLICY_KINDS: Record<keyof ReconnectPolicy, Kind> = {
  ...BACKOFF_KINDS,
  count: /* @__PURE__ */ atLeast(0),
  delay: [MILLISECONDS[0], value => typeof value === 'function' || MILLISECONDS[1](value)],
  when: FUNCTION,
  onEnd: ['a boolean', value => typeof value === 'boolean'],
  serverDelay: ['a boolean or a function', value => /boolean|function/.test(typeof value)],
  wake: ['an Observable', isObservable],
};

/** Checks a policy, and fills in its defaults; `false` never reconnects. */
export function resolvePolicy<Attempt extends ReconnectAttempt>(
  policy: ReconnectPolicy<Attempt> | false,
  defaults: { readonly onEnd: boolean; readonly retryUnknown: boolean },
): ResolvedPolicy<Attempt> {
  check('reconnect', policy, ['an object or false', value => value === false || isObject(value)]);
  const given: ReconnectPolicy<Attempt> = policy || { count: 0, onEnd: false };
  checkEach(POLICY_KINDS, given, 'reconnect.');
  const { count = Infinity, onEnd = defaults.onEnd, delay, when, serverDelay = true, wake = backOnline } = given;
  const { maxDelay, factor, jitter } = given;
  const decides = typeof delay === 'function';
  return {
    count,
    onEnd,
    retryUnknown: defaults.retryUnknown,
    delay: decides ? delay : undefined,
    when,
    serverDelay: !decides && serverDelay,
    wake,
    backoff: { delay: decides ? undefined : delay, maxDelay, factor, jitter },
  };
}
