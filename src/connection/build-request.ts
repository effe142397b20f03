import { headerValue, platformInit } from '#platform';
import { BODY_OF_GET, BODY_SENT, noRequest, UNSENDABLE } from '#texts';
import type { Observable } from 'rxjs';
import { EventSourceError } from '../errors.js';
import {
  lastEventIdHeader,
  sendableLastEventId,
  sentLastEventId,
  withLastEventIdParam,
} from '../position/carry-last-event-id.js';
import type { ReconnectAttempt } from '../life/reconnect-policy.js';
import { Rejected } from '../life/rejected.js';
import { StreamClosed } from '../life/stream-closed.js';
import { andThen, type Answer, settle } from '../settle.js';

/** An attempt, as your own functions receive it. */
export interface Attempt extends ReconnectAttempt {
  /** The current position of the stream, `''` for none. */
  readonly lastEventId: string;
}

/** A `RequestInit` without `signal`: unsubscribe to abort. */
export type EventSourceRequestInit = Omit<RequestInit, 'signal'>;

/** Headers in any form that `fetch` accepts. (Node's own types have no `HeadersInit`.) */
export type HeadersLike = NonNullable<RequestInit['headers']>;

/** The request of an attempt. */
export interface EventSourceRequest {
  /** The URL. Contains the position if that is a query parameter. */
  readonly url: string;
  /** The headers are a plain object with names in lower case. */
  readonly init: Omit<EventSourceRequestInit, 'headers'> & {
    /** The headers, with names in lower case. */
    readonly headers: Record<string, string>;
  };
}

/** The result of `prepare` or `resume`: a request, or `null` to end the stream. */
export type PreparedRequest = {
  /** The URL to request. */
  readonly url: string | URL;
  /** From `prepare`, the whole request; from `resume`, everything except the headers of the stream. */
  readonly init?: EventSourceRequestInit;
} | null;

export interface BuildRequestOptions {
  readonly url: string;
  readonly init: EventSourceRequestInit;
  readonly headers: HeadersLike | undefined | ((attempt: Attempt) => Answer<HeadersLike | undefined>);
  readonly prepare: ((request: EventSourceRequest, attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  readonly resume: string | ((attempt: Attempt) => Answer<PreparedRequest>) | undefined;
  readonly lastEventIdParam: string | undefined;
  readonly fetch: unknown;
}

/** A request and the position that it sends. */
export interface BuiltRequest extends EventSourceRequest {
  readonly lastEventId: string;
}

/** Emits the request of an attempt: the options and the position, then the changes of `resume` and `prepare`. */
export function buildRequest(options: BuildRequestOptions, attempt: Attempt): Observable<BuiltRequest> {
  const { headers, prepare, resume, fetch, lastEventIdParam } = options;
  const { lastEventId } = attempt;
  return ask('headers', () => (typeof headers === 'function' ? headers(attempt) : headers)).pipe(
    andThen(given => {
      const own = { accept: 'text/event-stream', ...headerRecord(given) };
      if (typeof resume !== 'function' || !lastEventId) return compose(options, own, lastEventId);
      return ask('resume', () => resume(attempt)).pipe(
        andThen(answer => {
          const { url, init } = toRequest('resume', answer);
          return { url, init: { ...again(options.init), ...init, headers: { ...own, ...init.headers } } };
        }),
      );
    }),
    andThen(request =>
      prepare
        ? ask('prepare', () => prepare(request, attempt)).pipe(andThen(answer => toRequest('prepare', answer)))
        : request,
    ),
    andThen(request => {
      const { url, init } = sendable(request, fetch !== undefined);
      // A function adds the position itself.
      const sent = typeof resume === 'function' && lastEventId;
      return { url, init, lastEventId: sent || sentLastEventId(url, init.headers, lastEventIdParam) };
    }),
  );
}

const ask = <T>(name: string, question: () => Answer<T>) => settle(name, question, error => new Rejected(error));

function compose(
  { url, init, resume, lastEventIdParam }: BuildRequestOptions,
  headers: Record<string, string>,
  lastEventId: string,
): EventSourceRequest {
  // Without a position, no header is sent: in a browser, it causes a CORS preflight.
  const id = sendableLastEventId(lastEventId, lastEventIdParam);
  if (id) {
    if (typeof resume === 'string') {
      url = resume;
      init = again(init);
    }
    if (lastEventIdParam === undefined) headers['last-event-id'] = headerValue(lastEventIdHeader(id));
    else url = withLastEventIdParam(url, lastEventIdParam, id);
  }
  return { url, init: { cache: 'no-store', ...init, headers } };
}

/** Requests the rest of a stream, without starting it again. */
const again = (init: EventSourceRequestInit): EventSourceRequestInit => ({
  cache: 'no-store',
  ...init,
  method: 'GET',
  body: null,
});

function toRequest(name: string, answer: PreparedRequest): EventSourceRequest {
  if (answer === null) throw new StreamClosed('stopped');
  // The type allows `undefined`, because JavaScript code may forget to return.
  const url = (answer as Partial<NonNullable<PreparedRequest>> | undefined)?.url;
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new TypeError(noRequest(name));
  }
  return { url: String(url), init: { ...answer.init, headers: headerRecord(answer.init?.headers) } };
}

/** Converts headers of any form to an object, which can be spread and works with every `fetch`. */
function headerRecord(headers: HeadersLike = {}): Record<string, string> {
  // A `Map`, because a name can be a property of every object, such as `constructor`.
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

/**
 * Throws if the request can't be sent. Otherwise it would look like a failed connection, and be retried over and over.
 */
function sendable(request: EventSourceRequest, ownFetch: boolean): EventSourceRequest {
  const { url } = request;
  const own = platformInit(request.init);
  const { body, ...rest } = own;
  const stream = isStream(body);
  if (stream) {
    if (sentBodies.has(body)) {
      throw new EventSourceError(BODY_SENT, {
        url,
      });
    }
    sentBodies.add(body);
  }
  try {
    // Checked here, because Bun accepts it and some platforms have no `Request`.
    if (body != null && /^(GET|HEAD)$/i.test(rest.method ?? 'GET')) throw new TypeError(BODY_OF_GET);
    // Lets the platform check the rest. Only your own `fetch` knows the base of a relative URL.
    if (typeof Request === 'function') {
      new Request(ownFetch ? new URL(url, 'http://localhost').href : url, stream || body == null ? rest : own);
    }
  } catch (cause) {
    throw new EventSourceError(UNSENDABLE, { cause, url });
  }
  return { url, init: ownFetch ? request.init : own };
}

/** Whether a body can be read only once: a stream of the platform or of Node. */
export const isStream = (body: unknown): body is object =>
  typeof (body as Partial<ReadableStream> | null | undefined)?.getReader === 'function' ||
  typeof (body as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] === 'function';
