import { checkOptions } from '#option-checks';
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs';
import type {
  Attempt,
  EventSourceRequest,
  EventSourceRequestInit,
  HeadersLike,
  PreparedRequest,
} from './connection/build-request.js';
import type { AttemptOptions } from './connection/event-source-attempts.js';
import type { FetchLike } from './connection/fetch-like.js';
import type { Flush } from './life/delivery.js';
import type { ServerSentEvent } from './lifecycle.js';
import { DEFAULT_MAX_EVENT_SIZE } from './parsing/line-reader.js';
import type { LastEventIdStore } from './position/last-event-id-store.js';
import { MAX_WAIT } from './life/backoff.js';
import { type ReconnectPolicy, resolvePolicy } from './life/reconnect-policy.js';
import type { Answer } from './settle.js';

/**
 * The options of `fromEventSource` and related functions: the options of `fetch` except `signal` (unsubscribe instead),
 * and these. If a function can return a Promise, it can also return an Observable, whose first value counts.
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
   * The request headers, or a function that returns them. The function runs before every attempt, so a reconnect can
   * send a fresh token.
   *
   * `Accept: text/event-stream` is added unless you set it. `Last-Event-ID` is added if there is a position. If a
   * returned Promise rejects, the attempt fails and the policy retries it. If the function throws, the stream errors.
   */
  readonly headers?: HeadersLike | ((attempt: Attempt) => Answer<HeadersLike | undefined>) | undefined;
  /**
   * Changes the request of each attempt, after all other options. Return another `{ url, init }`, or `null` to end the
   * stream. Rejections and thrown errors are handled as for `headers`.
   */
  readonly prepare?: ((request: EventSourceRequest, attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  /**
   * How to request the rest of the stream, if this takes a different request than the first one. For example, a POST
   * starts the stream and a GET continues it. Used by each attempt that has a position.
   *
   * A URL is requested by GET, with the same headers and the position. A function returns `{ url, init }`, or `null` to
   * end the stream. The method is GET by default, the headers of `init` are added to those of the stream, and the
   * function adds the position itself. `prepare` runs after it.
   *
   * With `resume`, the stream reconnects by default for any method, as soon as it has a position. Before that, only a
   * GET is repeated. To repeat a POST, return `true` from `reconnect.when`.
   */
  readonly resume?: string | URL | ((attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  /**
   * The transport, called as `fetch(url, init)`.
   * @default `globalThis.fetch`; cross-fetch if Node has none
   */
  readonly fetch?: FetchLike | undefined;
  /** The position to start from: an id, or a store that outlives the subscription. */
  readonly lastEventId?: string | LastEventIdStore | undefined;
  /** Sends the position in this query parameter instead of a header, which avoids a CORS preflight. */
  readonly lastEventIdParam?: string | undefined;
  /**
   * Returns the position of an event, if the server sends it in the data instead of in `id:` fields. A string sets the
   * position, `undefined` keeps it. The event is delivered with this position as its `lastEventId`. If the function
   * throws, the stream errors.
   */
  readonly position?: ((event: ServerSentEvent) => string | undefined) | undefined;
  /**
   * Whether an event says that the server couldn't resume from the requested position. A `gap` step comes right before
   * that event.
   */
  readonly isGap?: ((event: ServerSentEvent) => boolean) | undefined;
  /**
   * Whether an event is the last one. After it, the stream completes and the connection closes. If the response ends
   * earlier, that is a `StreamTruncatedError`, and the policy decides whether to reconnect.
   */
  readonly isLast?: ((event: ServerSentEvent) => boolean) | undefined;
  /**
   * Connects only while the last value is `true`. `false` closes the connection (the lifecycle emits `paused`), and
   * `true` connects again from the position. Subscribers, operators and buffers after the stream keep their state.
   *
   * If it completes while the last value isn't `true`, the stream completes. If it errors, the stream errors.
   * @default always
   */
  readonly connectWhile?: Observable<boolean> | undefined;
  /**
   * Replaces the connection, open or not, as soon as it emits. The new connection continues from the position. This
   * doesn't count as a failure, and ends a wait. Values that it replays on subscribe don't count. If it errors, the
   * stream errors.
   * @default never
   */
  readonly renew?: Observable<unknown> | undefined;
  /**
   * When to reconnect, or `false` for never. Only GET requests are retried by default. POST and other requests aren't
   * retried unless you set `reconnect` or `resume`.
   * @default the defaults of `ReconnectPolicy` for GET and with `resume`, otherwise `false`
   */
  readonly reconnect?: ReconnectPolicy<Attempt> | false | undefined;
  /**
   * The content types that a response may have, without parameters, or a function that checks the `Content-Type` header
   * (`null` if there is none).
   * @default ['text/event-stream']
   */
  readonly accept?: readonly string[] | ((contentType: string | null) => boolean) | undefined;
  /**
   * Checks a response that has status 200 and an accepted content type. Throw to reject the response; its body is then
   * cancelled.
   * @default accepts every response
   */
  readonly validate?: ((response: Response) => Answer<void>) | undefined;
  /**
   * Reconnects if an attempt takes longer than this many milliseconds to open the stream. This includes the time of
   * `headers`, `prepare`, `resume`, `validate` and `get` of a store. `0` means no limit.
   * @default no limit
   */
  readonly connectTimeout?: number | undefined;
  /**
   * Reconnects after this many milliseconds of silence. Comments count as activity. `0` means no limit.
   *
   * `'auto'` learns the limit from the heartbeats of the connection: chunks that contain only comments, at least a
   * second after the previous chunk. After three heartbeats, the limit is three times the longest pause so far, but at
   * least 10 s. So there is no limit for servers without heartbeats, and for streams that don't reconnect.
   * @default 'auto'
   */
  readonly idleTimeout?: number | 'auto' | undefined;
  /**
   * The largest event or line, in characters (UTF-16 code units). A larger one is an `EventTooLargeError`, which is
   * final.
   * @default 67_108_864
   */
  readonly maxEventSize?: number | undefined;
  /**
   * Delivers the received items by calling `flush`, for example in the zone of a framework. Called once for each chunk
   * (at most 64 KiB) that has something to deliver. For the lifecycle, also called for each step.
   *
   * If it returns a Promise, the next chunk is read when that Promise fulfills. `flush(limit)` delivers at most `limit`
   * items and returns how many are left. Items that aren't flushed yet aren't lost or requested twice if the
   * connection is lost. `heartbeat` is `true` if there are only comments, which only the lifecycle delivers.
   * @default `flush => flush()`
   */
  readonly deliver?: ((flush: Flush, heartbeat: boolean) => unknown) | undefined;
  /**
   * The scheduler of all timers. (A page reports failures one turn of the event loop later. This doesn't use the
   * scheduler's time.)
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The checked options with their defaults. */
export interface Settings extends AttemptOptions {
  readonly lastEventId: EventSourceOptions['lastEventId'];
  readonly deliver: EventSourceOptions['deliver'];
}

const EVENT_STREAM = ['text/event-stream'];

/** Checks the options (not in production) and fills in their defaults. */
export function resolveOptions(url: string | URL, options: EventSourceOptions): Settings {
  checkOptions(url, options);
  const { method = 'GET' } = options;
  const isGet = method.toUpperCase() === 'GET';
  const {
    headers,
    prepare,
    resume,
    fetch,
    lastEventId,
    lastEventIdParam,
    position,
    isGap,
    isLast,
    connectWhile,
    renew,
    reconnect = isGet || resume !== undefined ? {} : false,
    accept = EVENT_STREAM,
    validate,
    connectTimeout = 0,
    idleTimeout = 'auto',
    maxEventSize = DEFAULT_MAX_EVENT_SIZE,
    deliver,
    scheduler = asyncScheduler,
    ...init
  } = options;
  const policy = resolvePolicy<Attempt>(reconnect, { onEnd: isGet });

  return {
    url: String(url),
    init,
    headers,
    prepare,
    resume: resume instanceof URL ? resume.href : resume,
    fetch,
    lastEventId,
    lastEventIdParam,
    position,
    isGap,
    isLast,
    connectWhile,
    renew,
    reconnect: policy,
    isRepeatable: isGet || (options.reconnect !== undefined && resume === undefined),
    accept,
    validate,
    connectTimeout: timerLength(connectTimeout),
    idleTimeout: idleTimeout !== 'auto' ? timerLength(idleTimeout) : policy.count > 0 ? idleTimeout : undefined,
    maxEventSize,
    deliver,
    scheduler,
  };
}

/** Limits a time to what timers support; `undefined` means no limit. */
const timerLength = (timeout: number) => (timeout > 0 ? Math.min(timeout, MAX_WAIT) : undefined);
