import type { Observable } from 'rxjs';
import { EventSourceError, withoutSecrets } from '../errors.js';
import { lastEventIdHeader, sendableLastEventId, withLastEventIdParam } from '../position/carry-last-event-id.js';
import type { ReconnectAttempt } from '../reconnection/reconnect-policy.js';
import { StreamClosed } from '../reconnection/stream-closed.js';
import { andThen, type Answer, settle } from '../settle.js';

/** One attempt, as the application is told of it. */
export interface Attempt extends ReconnectAttempt {
  /** The position that the attempt asks to resume from, `''` for none. */
  readonly lastEventId: string;
}

/** A `RequestInit` without `signal`: unsubscribing aborts. */
export type EventSourceRequestInit = Omit<RequestInit, 'signal'>;

/** Headers in any form that fetch takes. (Node's types alone have no `HeadersInit`.) */
export type HeadersLike = NonNullable<RequestInit['headers']>;

/** What an attempt sends. */
export interface EventSourceRequest {
  /** Where it goes, with the position where that is a query parameter. */
  readonly url: string;
  /** The headers are a plain object with names in lower case. */
  readonly init: Omit<EventSourceRequestInit, 'headers'> & {
    /** By name in lower case. */
    readonly headers: Record<string, string>;
  };
}

/** What `prepare` may answer: a request, or `null` to end the stream. */
export type PreparedRequest = {
  /** Where to ask. */
  readonly url: string | URL;
  /** All that is sent: what is left out of the request that `prepare` was given is not. */
  readonly init?: EventSourceRequestInit;
} | null;

export interface BuildRequestOptions {
  readonly url: string;
  readonly init: EventSourceRequestInit;
  readonly headers: HeadersLike | undefined | ((attempt: Attempt) => Answer<HeadersLike | undefined>);
  readonly prepare: ((request: EventSourceRequest, attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  readonly lastEventIdParam: string | undefined;
  readonly fetch: unknown;
}

/** Emits the request of an attempt: the given parts, the position, and what `prepare` makes of them. */
export function buildRequest(options: BuildRequestOptions, attempt: Attempt): Observable<EventSourceRequest> {
  const { headers, prepare } = options;
  return settle('headers', () => (typeof headers === 'function' ? headers(attempt) : headers)).pipe(
    andThen(given => {
      const request = compose(options, given, attempt);
      return prepare ? settle('prepare', () => prepare(request, attempt)).pipe(andThen(prepared)) : request;
    }),
    andThen(request => sendable(request, options.fetch !== undefined)),
  );
}

function compose(
  { url, init, lastEventIdParam }: BuildRequestOptions,
  given: HeadersLike | undefined,
  { lastEventId }: Attempt,
): EventSourceRequest {
  const headers: Record<string, string> = { accept: 'text/event-stream', ...headerRecord(given) };
  // Nothing is sent where there is nothing to say: the header makes a browser ask for permission first (CORS preflight).
  const id = sendableLastEventId(lastEventId, lastEventIdParam);
  if (id) {
    if (lastEventIdParam === undefined) headers['last-event-id'] = lastEventIdHeader(id);
    else url = withLastEventIdParam(url, lastEventIdParam, id);
  }
  return { url, init: { cache: 'no-store', ...init, headers } };
}

function prepared(answer: PreparedRequest): EventSourceRequest {
  if (answer === null) throw new StreamClosed('stopped');
  // Read as unknown: a forgotten `return` passes where types are not checked.
  const url = (answer as Partial<NonNullable<PreparedRequest>> | undefined)?.url;
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new TypeError(`Expected { url, init } or null from \`prepare\``);
  }
  return { url: String(url), init: { ...answer.init, headers: headerRecord(answer.init?.headers) } };
}

/** Headers of any form as an object: it can be spread, and every fetch takes it. */
function headerRecord(headers: HeadersLike = {}): Record<string, string> {
  // A name may be one that every object has: `constructor`.
  const record = new Map<string, string>();
  const entries = Symbol.iterator in headers ? headers : Object.entries(headers);
  for (const [name, value] of entries as Iterable<[string, string]>) {
    const key = name.toLowerCase();
    const before = record.get(key);
    record.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(record);
}

const sentBodies = new WeakSet();

/** Refuses what cannot be sent now, before it is taken for a failure to connect and tried again and again. */
function sendable(request: EventSourceRequest, ownFetch: boolean): EventSourceRequest {
  const { url, init } = request;
  const { body, ...rest } = init;
  const stream = isStream(body);
  if (stream) {
    if (sentBodies.has(body)) {
      throw new EventSourceError(`Expected a body that can be sent again, but it is a stream: ${withoutSecrets(url)}`, {
        url,
      });
    }
    sentBodies.add(body);
  }
  if (typeof Request === 'function') {
    try {
      // The platform's own judgement. What a relative URL is relative to, only the given fetch may know.
      new Request(ownFetch ? new URL(url, 'http://localhost').href : url, stream || body == null ? rest : init);
    } catch (cause) {
      throw new EventSourceError(
        `Expected a request that can be sent, but the platform refuses it: ${withoutSecrets(url)}`,
        {
          cause,
          url,
        },
      );
    }
  }
  return request;
}

/** Whether a body is read once and for all: a stream of the platform, or of Node. */
export const isStream = (body: unknown): body is object =>
  typeof (body as Partial<ReadableStream> | null | undefined)?.getReader === 'function' ||
  typeof (body as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function';
