import { checkBackend, checkObject } from '#angular-checks';
import {
  FetchBackend,
  HttpBackend,
  HttpContextToken,
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  type HttpFeature,
  type HttpFeatureKind,
  HttpHeaders,
  type HttpRequest,
  HttpResponse,
  HttpXhrBackend,
} from '@angular/common/http';
import { inject, NgZone, type Type } from '@angular/core';
import { Observable } from 'rxjs';
import type { FetchLike, ResponseLike } from '../index.js';

/** How much of a refused answer's text is read, in bytes, and for how long, in milliseconds: as much as without HttpClient. */
const MAX_TEXT = 64 * 1024;
const MAX_TEXT_TIME = 2000;

/** What `withSse` can be told. */
export interface WithSseOptions {
  /**
   * What sends all other requests.
   * @default `FetchBackend` where there is one (`withFetch()`, Angular 22), else `HttpXhrBackend`
   */
  readonly backend?: Type<HttpBackend> | undefined;
  /**
   * What opens the streams, called as `fetch(url, init)`.
   * @default `globalThis.fetch` at the time of the call
   */
  readonly fetch?: FetchLike | undefined;
}

/**
 * Lets streams go through the application's `HttpClient`, for `provideSse(withHttpClient())`: each attempt is one request, which all
 * of its interceptors see. It replaces the backend of `HttpClient`, and leaves all other requests to the backend that there would be
 * without it. So it stands behind all interceptors, and last among the features.
 *
 * To interceptors a stream is a request whose answer is complete when the headers have come: an `HttpResponse` with the body `null`.
 * What they wait for, count or bound in time (a spinner, `timeout`, `retry`) is the handshake, and so is what
 * `ApplicationRef.whenStable` waits for. A status other than 2xx is an `HttpErrorResponse` with the answer's text (what came of it
 * within 2 s, up to 64 KiB), a request that fails is one with the status 0. An answer that an interceptor does not pass on is cancelled.
 *
 * It does not stand beside `withRequestsMadeViaParent()`: there the parent's counts. What is of a wrong type throws a `TypeError` at the call.
 *
 * @param options what sends the other requests, and what opens streams; with Angular 22's `withXhr()` it is
 * `withSse({ backend: HttpXhrBackend })`
 *
 * @example
 * ```ts
 * bootstrapApplication(App, {
 *   providers: [provideHttpClient(withInterceptors([auth]), withSse()), provideSse(withHttpClient())],
 * });
 * ```
 */
export function withSse(options: WithSseOptions = {}): HttpFeature<HttpFeatureKind> {
  checkObject(options);
  const { backend, fetch } = options;
  checkBackend(backend, fetch);
  return {
    // Kinds tell Angular which of its own features exclude each other.
    ɵkind: -1 as never,
    ɵproviders: [
      {
        provide: HttpBackend,
        useFactory: () =>
          new SseBackend(
            backend ? inject(backend) : (inject(FetchBackend, { optional: true }) ?? inject(HttpXhrBackend)),
            fetch,
          ),
      },
    ],
  };
}

/** An answer whose stream goes on. */
interface LiveAnswer {
  readonly response: ResponseLike;
  /** Closes the stream. */
  readonly cancel: (reason?: unknown) => void;
}

/** Goes with the request for a stream through the interceptors, and brings the live answer back. */
export class Handover {
  private answer: LiveAnswer | undefined;
  private isOver = false;

  constructor(
    /** What the stream asked for: requests of HttpClient do not carry all that fetch knows. */
    readonly init: RequestInit,
  ) {}

  /** There is one at most: that of a handshake which an interceptor makes again is cancelled. */
  accept(answer: LiveAnswer | undefined): void {
    if (this.isOver) {
      answer?.cancel();
      return;
    }
    this.answer?.cancel();
    this.answer = answer;
  }

  /** The live answer, if there is one. What comes later is cancelled. */
  take(): ResponseLike | undefined {
    this.isOver = true;
    return this.answer?.response;
  }

  /** Ends the answer, also where it was taken, and whatever comes later. */
  close(reason?: unknown): void {
    this.isOver = true;
    this.answer?.cancel(reason);
  }
}

/** Says that a request is for a stream. */
export const HANDOVER = new HttpContextToken<Handover | undefined>(() => undefined);

/**
 * Opens streams, and leaves every other request to another backend. It is a `FetchBackend`, of which it uses nothing, since Angular
 * warns of any other on the server (NG2801).
 */
export class SseBackend extends FetchBackend {
  private readonly zone = inject(NgZone);

  constructor(
    private readonly others: Pick<HttpBackend, 'handle'>,
    private readonly fetch: FetchLike | undefined,
  ) {
    super();
  }

  override handle(request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> {
    const handover = request.context.get(HANDOVER);
    return handover ? this.open(request, handover) : this.others.handle(request);
  }

  /** The handshake: it completes when the headers have come. */
  private open(request: HttpRequest<unknown>, handover: Handover): Observable<HttpEvent<unknown>> {
    return new Observable(subscriber => {
      handover.accept(undefined);
      const { zone } = this;
      const url = request.urlWithParams;
      const init = toInit(request, handover.init);
      const controller = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const fail = (answer: ConstructorParameters<typeof HttpErrorResponse>[0]) => {
        if (!subscriber.closed) zone.run(() => subscriber.error(new HttpErrorResponse({ url, ...answer })));
      };
      const answer = async (response: ResponseLike & Partial<Pick<Response, 'statusText' | 'redirected' | 'type'>>) => {
        const { status } = response;
        const live = { response, cancel: (reason?: unknown) => cancel(response, controller, reason) };
        if (subscriber.closed) {
          live.cancel();
          return;
        }
        const head = {
          status,
          headers: toHttpHeaders(response.headers),
          url: response.url || url,
          // What not every transport tells.
          statusText: response.statusText ?? '',
          redirected: response.redirected ?? false,
          ...(response.type && { responseType: response.type }),
        };
        // 0 is the status of an answer that may not be seen, as by `redirect: 'manual'`: the stream says what is wrong with that.
        if (status === 0 || (status >= 200 && status < 300)) {
          subscriber.remove(abort);
          handover.accept(live);
          zone.run(() => {
            subscriber.next(new HttpResponse({ ...head, body: null }));
            subscriber.complete();
          });
        } else {
          fail({ ...head, error: await readText(response) });
        }
      };
      const abort = () => controller.abort();
      subscriber.add(abort);
      subscriber.add(() => clearTimeout(timer));
      zone.runOutsideAngular(() => {
        if (request.timeout) {
          const timedOut = () => fail({ error: new DOMException('signal timed out', 'TimeoutError') });
          timer = setTimeout(timedOut, request.timeout);
        }
        const fetch = this.fetch ?? globalThis.fetch;
        // What it throws at once is a request that fails, too.
        new Promise<ResponseLike>(resolve => resolve(fetch(url, { ...init, signal: controller.signal })))
          .then(answer)
          .catch((error: unknown) => fail({ error }));
      });
      subscriber.next({ type: HttpEventType.Sent });
    });
  }
}

const CARRIED = [
  'cache',
  'credentials',
  'integrity',
  'keepalive',
  'mode',
  'priority',
  'redirect',
  'referrer',
  'referrerPolicy',
] as const;

/** The request as interceptors have left it. What it does not carry is what was asked for. */
function toInit(request: HttpRequest<unknown>, asked: RequestInit): RequestInit {
  const init: Record<string, unknown> = { ...asked, method: request.method };
  for (const name of CARRIED) {
    const value: unknown = request[name];
    if (value !== undefined) init[name] = value;
  }
  if (request.withCredentials) init['credentials'] = 'include';

  const headers = Object.fromEntries(
    request.headers.keys().map(name => [name, request.headers.getAll(name)?.join(', ') ?? '']),
  );
  // What fetch can send is left to it, and so is the type of that. HttpClient knows no bytes but an ArrayBuffer, and no streams.
  const { body } = request;
  const isBytes = ArrayBuffer.isView(body) || isStream(body);
  const sent = isBytes ? body : request.serializeBody();
  const type = sent === body || request.headers.has('content-type') ? null : request.detectContentTypeHeader();
  if (type !== null) headers['content-type'] = type;
  return { ...init, headers, body: sent as BodyInit | null };
}

const isStream = (body: unknown): boolean =>
  typeof (body as Partial<ReadableStream> | null)?.getReader === 'function' ||
  typeof (body as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function';

/** Not by the constructor: the headers need not be those of the platform. Those of a transport that does not list them are not seen. */
function toHttpHeaders(headers: ResponseLike['headers']): HttpHeaders {
  let all = new HttpHeaders();
  (headers as Partial<Headers>).forEach?.((value, name) => (all = all.append(name, value)));
  return all;
}

const ignore = () => undefined;

/** A body as transports give it: a stream of the platform, or one of Node, which is no more than async-iterable. */
type Body = Partial<ReadableStream<Uint8Array>> | null;

/** Closes the stream of an answer, whether or not its transport listens to the signal. */
function cancel(response: ResponseLike, controller: AbortController, reason?: unknown): void {
  const body = response.body as Body;
  controller.abort(reason);
  body?.cancel?.().then(undefined, ignore);
}

/** What comes of a body's text within the bounds. That it breaks, or that there is none, is no failure of its own. */
async function readText(response: ResponseLike): Promise<string> {
  const body = response.body as Body;
  const reader = body?.getReader?.();
  const iterator = reader ? undefined : body?.[Symbol.asyncIterator]?.();
  const decoder = new TextDecoder();
  let text = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), MAX_TEXT_TIME);
  });
  try {
    for (let left = MAX_TEXT; left > 0;) {
      const read = await Promise.race([reader ? reader.read() : iterator?.next(), timeout]);
      if (!read || read.done) break;
      const bytes = read.value.subarray(0, left);
      text += decoder.decode(bytes, { stream: true });
      left -= bytes.length;
    }
  } catch {
    // What has come is told.
  }
  clearTimeout(timer);
  reader?.cancel().then(undefined, ignore);
  return text;
}
