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
   * The request's headers, or a function of the attempt that returns them. It runs before every attempt, so a reconnect sends a fresh
   * token. `Accept: text/event-stream` is added unless given, and `Last-Event-ID` if there is a position. If the answer is a Promise that
   * rejects, the attempt has failed and is retried by the policy; what the function throws ends the stream.
   */
  readonly headers?: HeadersLike | ((attempt: Attempt) => Answer<HeadersLike | undefined>) | undefined;
  /** The last word on each attempt: returns another `{ url, init }`, or `null` to end the stream. It rejects and throws as `headers` does. */
  readonly prepare?: ((request: EventSourceRequest, attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  /**
   * How to ask for the rest of the stream, if that is another request than the first: a POST starts it, and a GET goes on. Used by each attempt
   * that has a position.
   *
   * A URL is requested by GET, with the same headers and the position. A function of the attempt returns `{ url, init }`, where the method is GET
   * unless given; the headers of `init` are added to those of the stream, and the function puts the position where it belongs. `null` ends the
   * stream. `prepare` comes after it. With `resume` the stream reconnects by default whatever its method, once it has a position. Before that only
   * a GET is repeated: a POST that may be sent twice needs a `reconnect.when` that returns `true`.
   */
  readonly resume?: string | URL | ((attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  /**
   * The transport, called as `fetch(url, init)`.
   * @default `globalThis.fetch`; in Node without one, cross-fetch
   */
  readonly fetch?: FetchLike | undefined;
  /** Where to start: an id, or a store that outlives the subscription. */
  readonly lastEventId?: string | LastEventIdStore | undefined;
  /** Sends the position as this query parameter and not as a header, which saves a CORS preflight. */
  readonly lastEventIdParam?: string | undefined;
  /**
   * The position at an event, if the server keeps it in the data and not in `id:` fields: a string moves the position, `undefined` leaves it.
   * The event is delivered with it as its `lastEventId`. What it throws ends the stream.
   */
  readonly position?: ((event: ServerSentEvent) => string | undefined) | undefined;
  /** Whether an event says that the server could not go on where it was asked to. A `gap` comes right before that event. */
  readonly isGap?: ((event: ServerSentEvent) => boolean) | undefined;
  /**
   * Whether an event is the last one. It is delivered, the stream completes, and the connection is closed. If the answer ends without it, cleanly
   * or not, that is a `StreamTruncatedError`.
   */
  readonly isLast?: ((event: ServerSentEvent) => boolean) | undefined;
  /**
   * Connects only while the last value is `true`. `false` closes the connection (the lifecycle says `paused`), and `true` connects again from the
   * position. Subscribers, operators and buffers behind the stream stay as they are. If it completes while it is not `true`, the stream completes;
   * if it errors, the stream errors.
   * @default always
   */
  readonly connectWhile?: Observable<boolean> | undefined;
  /**
   * Each value replaces the connection, open or not, by a new one at once, from the position. That is no failure and isn't counted; a wait
   * ends by it. What it replays when it is subscribed to does not count. If it errors, the stream errors.
   * @default never
   */
  readonly renew?: Observable<unknown> | undefined;
  /**
   * When to try again, or `false` for never. POST requests (and all that aren't GET) aren't retried unless you set it, or `resume`.
   * @default the defaults of `ReconnectPolicy` for GET and with `resume`, `false` otherwise
   */
  readonly reconnect?: ReconnectPolicy<Attempt> | false | undefined;
  /**
   * The content types that a response may have, without parameters, or a predicate of the `Content-Type` header (`null` if there is none).
   * @default ['text/event-stream']
   */
  readonly accept?: readonly string[] | ((contentType: string | null) => boolean) | undefined;
  /**
   * Looks at a response that has status 200 and an accepted content type, and refuses it by throwing. A refused body is cancelled.
   * @default accepts it
   */
  readonly validate?: ((response: Response) => Answer<void>) | undefined;
  /**
   * How long an attempt may take until the stream is open, in milliseconds: `headers`, `prepare`, `resume`, `validate` and `get` of a store
   * included. Then it reconnects. `0` is no limit.
   * @default no limit
   */
  readonly connectTimeout?: number | undefined;
  /**
   * Reconnects after this many milliseconds of silence. Comments count as activity. `0` is no limit.
   *
   * `'auto'` learns from the connection: once three chunks of nothing but comments have come, each a second or more after what came before,
   * the limit is three times the longest pause so far, and at least 10 s. So a server without heartbeats is never timed out, and neither is a
   * stream that doesn't reconnect.
   * @default 'auto'
   */
  readonly idleTimeout?: number | 'auto' | undefined;
  /**
   * The largest event, and the largest line, in characters (UTF-16 code units). A larger one is a final `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number | undefined;
  /**
   * Called once for each received chunk, 64 KiB at the most, that holds something to deliver, and for each step of the lifecycle
   * if that is subscribed to; it delivers by calling `flush`. Frameworks re-enter their zone here. If it returns a Promise, the
   * next chunk is read when that is fulfilled. `flush(limit)` delivers no more than `limit` items; it returns how many are left.
   * What is not flushed yet is neither lost nor fetched twice if the connection is lost. `heartbeat` says that there are comments and nothing
   * else, which only a lifecycle delivers.
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
export interface Settings extends AttemptOptions {
  readonly lastEventId: EventSourceOptions['lastEventId'];
  readonly deliver: EventSourceOptions['deliver'];
}

const EVENT_STREAM = ['text/event-stream'];

/** Checks the options (not in production), and fills in their defaults. */
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

/** What timers can be set to; `undefined` is no limit. */
const timerLength = (timeout: number) => (timeout > 0 ? Math.min(timeout, MAX_WAIT) : undefined);
