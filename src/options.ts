import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { atLeast, check, checkEach, FUNCTION, isObject, type Kind, MILLISECONDS, OBJECT } from './check.js';
import {
  type Attempt,
  type BuildRequestOptions,
  type EventSourceRequest,
  type EventSourceRequestInit,
  type HeadersLike,
  isStream,
  type PreparedRequest,
} from './connection/build-request.js';
import type { CheckResponseOptions } from './connection/check-response.js';
import type { FetchLike } from './connection/fetch-like.js';
import type { FetchResponseOptions } from './connection/fetch-response.js';
import type { Flush } from './delivery.js';
import { DEFAULT_MAX_EVENT_SIZE } from './parsing/event-stream-parser.js';
import type { LastEventIdStore } from './position/last-event-id-store.js';
import { MAX_WAIT } from './reconnection/backoff.js';
import { type ReconnectPolicy, type ResolvedPolicy, resolvePolicy } from './reconnection/reconnect-policy.js';
import type { Answer } from './settle.js';

/**
 * The options of `fromEventSource` and its kin: those of `fetch` but for `signal` (unsubscribe instead), and these. Where one may
 * answer later, it answers with a Promise or with an Observable, of which the first value counts.
 *
 * @example
 * ```ts
 * const options: EventSourceOptions = {
 *   headers: ({ count }) => ({ 'x-attempt': String(count) }),
 *   idleTimeout: 45_000,
 *   reconnect: { count: 10, maxDelay: 60_000 },
 * };
 * fromEventSource('/chat/stream', options).subscribe(event => console.log(event.data));
 * ```
 */
export interface EventSourceOptions extends Omit<EventSourceRequestInit, 'headers'> {
  /**
   * The request's headers, or a function of the attempt that answers with them. It runs before every attempt, so a reconnect goes
   * out with the fresh token. `Accept: text/event-stream` is added unless given, and `Last-Event-ID` where there is a position.
   */
  readonly headers?: HeadersLike | ((attempt: Attempt) => Answer<HeadersLike | undefined>) | undefined;
  /** The last word on each attempt: answers with another `{ url, init }`, or with `null` to end the stream. */
  readonly prepare?: ((request: EventSourceRequest, attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  /**
   * The transport, called as `fetch(url, init)`.
   * @default `globalThis.fetch`; in Node without one, cross-fetch
   */
  readonly fetch?: FetchLike | undefined;
  /** Where to start: an id, or a store that outlives the subscription. */
  readonly lastEventId?: string | LastEventIdStore | undefined;
  /** Send the position as this query parameter and not as a header, which saves a CORS preflight. */
  readonly lastEventIdParam?: string | undefined;
  /**
   * When to try again, or `false` for never. What a POST started is not started again unless it is asked for.
   * @default the defaults of `ReconnectPolicy` for GET, `false` for other methods
   */
  readonly reconnect?: ReconnectPolicy<Attempt> | false | undefined;
  /**
   * Accepts a response, or refuses it by throwing; a refused body is cancelled. A 204 ends the stream before it is asked.
   * @default status 200 and Content-Type `text/event-stream`
   */
  readonly validate?: ((response: Response) => Answer<void>) | undefined;
  /**
   * How long the headers may take, in milliseconds. Then it reconnects.
   * @default no limit
   */
  readonly connectTimeout?: number | undefined;
  /**
   * How long the stream may be without a byte, in milliseconds; a comment is life, too. Then it reconnects.
   * @default no limit
   */
  readonly idleTimeout?: number | undefined;
  /**
   * The largest event, and the largest line, in characters (UTF-16 code units). A larger one is a final `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number | undefined;
  /**
   * Called once for each received chunk, 64 KiB at the most, that holds something to deliver, and for each step of the lifecycle
   * where that is subscribed to; it delivers by calling `flush`. Frameworks re-enter their zone here. If it returns a Promise, the
   * next chunk is read when that is fulfilled. `flush(limit)` delivers no more than `limit` items; it answers how many are left.
   * `heartbeat` says that there are comments and nothing else, which only a lifecycle delivers.
   * @default `flush => flush()`
   */
  readonly deliver?: ((flush: Flush, heartbeat: boolean) => unknown) | undefined;
  /**
   * What every timer runs on. (In a page a failure is told one turn of the event loop later, which is no time.)
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The options, checked, with their defaults filled in. */
export interface Settings extends BuildRequestOptions, FetchResponseOptions, CheckResponseOptions {
  readonly fetch: FetchLike | undefined;
  readonly lastEventId: EventSourceOptions['lastEventId'];
  readonly reconnect: ResolvedPolicy<Attempt>;
  readonly idleTimeout: number | undefined;
  readonly maxEventSize: number;
  readonly deliver: EventSourceOptions['deliver'];
}

const OPTION_KINDS: Partial<Record<keyof EventSourceOptions | 'signal', Kind>> = {
  method: ['a string', value => typeof value === 'string'],
  signal: ['an unsubscription (or takeUntil) in place of a signal', value => value === null],
  headers: ['headers or a function', value => typeof value === 'function' || isObject(value)],
  prepare: FUNCTION,
  fetch: FUNCTION,
  validate: FUNCTION,
  deliver: FUNCTION,
  lastEventId: ['an id without NUL, CR and LF or a store with get and set', isPosition],
  lastEventIdParam: ['a name', value => typeof value === 'string' && value !== ''],
  connectTimeout: MILLISECONDS,
  idleTimeout: MILLISECONDS,
  maxEventSize: /* @__PURE__ */ atLeast(1, 'characters'),
  scheduler: ['a scheduler', value => isObject(value) && typeof (value as SchedulerLike).schedule === 'function'],
};

/** Checks the options, and fills in their defaults. */
export function resolveOptions(url: string | URL, options: EventSourceOptions): Settings {
  const address = typeof url === 'string' ? url : url instanceof URL ? url.href : undefined;
  if (address === undefined) throw new TypeError(`Expected a string or a URL as the url, but got ${typeof url}`);
  check('options', options, OBJECT);
  checkEach(OPTION_KINDS, options);
  const { method = 'GET', body } = options;
  const isGet = method.toUpperCase() === 'GET';
  const {
    headers,
    prepare,
    fetch,
    lastEventId,
    lastEventIdParam,
    reconnect = isGet ? {} : false,
    validate,
    connectTimeout,
    idleTimeout,
    maxEventSize = DEFAULT_MAX_EVENT_SIZE,
    deliver,
    scheduler = asyncScheduler,
    ...init
  } = options;
  if (reconnect && isStream(body) && !prepare) {
    throw new TypeError(
      'Expected `reconnect: false` with a `body` that is a stream: it cannot be sent twice (or a `prepare` that makes it anew)',
    );
  }

  return {
    url: address,
    init,
    headers,
    prepare,
    fetch,
    lastEventId,
    lastEventIdParam,
    reconnect: resolvePolicy<Attempt>(reconnect, {
      onEnd: isGet,
      retryUnknown: false,
    }),
    validate,
    connectTimeout: timerLength(connectTimeout),
    idleTimeout: timerLength(idleTimeout),
    maxEventSize,
    deliver,
    scheduler,
  };
}

const timerLength = (timeout: number | undefined) => timeout && Math.min(timeout, MAX_WAIT);

function isPosition(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\r\n]/.test(value);
  const store = value as Partial<LastEventIdStore> | null | undefined;
  return typeof store?.get === 'function' && typeof store.set === 'function';
}
