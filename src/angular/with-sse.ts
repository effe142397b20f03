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
import { asyncScheduler, Observable } from 'rxjs';
import { cancelBody } from '../connection/read-body.js';
import { readText } from '../connection/read-text.js';
import type { FetchLike, ResponseLike } from '../index.js';

/** The options of `withSse`. */
export interface WithSseOptions {
  /**
   * The backend of all other requests.
   * @default `FetchBackend` if it's provided (`withFetch()`, Angular 22), otherwise `HttpXhrBackend`
   */
  readonly backend?: Type<HttpBackend> | undefined;
  /**
   * Opens the streams, called as `fetch(url, init)`.
   * @default `globalThis.fetch` at the time of the call
   */
  readonly fetch?: FetchLike | undefined;
}

/**
 * Lets `HttpClient` open streams, for `provideSse(withHttpClient())`. Each attempt is one request for all your
 * interceptors. It replaces the backend of `HttpClient`, and passes all other requests to the previous backend. So it
 * runs after all interceptors, and must be the last feature.
 *
 * For interceptors, a stream is a request whose response is complete when the headers arrive: an `HttpResponse` with
 * the body `null`. So a spinner, `timeout` or `retry` only applies to the opening of the stream, and
 * `ApplicationRef.whenStable` only waits for that. A status other than 2xx is an `HttpErrorResponse` with the text of
 * the response (up to 64 KiB, as far as it arrives within 2 s). A failed request is one with the status 0. If an
 * interceptor doesn't pass a response on, it's cancelled.
 *
 * Can't be combined with `withRequestsMadeViaParent()`: set it in the parent. Throws a `TypeError` at the call if an
 * option has the wrong type.
 *
 * @param options the backend of other requests, and the `fetch` of streams; with Angular 22's `withXhr()`, use
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
    // Angular uses kinds to find its own features that exclude each other.
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

/** A response with an open stream. */
interface LiveAnswer {
  readonly response: ResponseLike;
  /** Closes the stream. */
  readonly cancel: (reason?: unknown) => void;
}

/** Travels with the request of a stream through the interceptors, and brings the live response back. */
export class Handover {
  private answer: LiveAnswer | undefined;
  private isOver = false;

  constructor(
    /** The original init. Requests of `HttpClient` can't carry all options of `fetch`. */
    readonly init: RequestInit,
  ) {}

  /** Keeps only the latest response. If an interceptor repeats the request, the previous response is cancelled. */
  accept(answer: LiveAnswer | undefined): void {
    if (this.isOver) {
      answer?.cancel();
      return;
    }
    this.answer?.cancel();
    this.answer = answer;
  }

  /** Returns the live response, if there is one. Later responses are cancelled. */
  take(): ResponseLike | undefined {
    this.isOver = true;
    return this.answer?.response;
  }

  /** Cancels the response, even if it was taken, and all later ones. */
  close(reason?: unknown): void {
    this.isOver = true;
    this.answer?.cancel(reason);
  }
}

/** Marks a request as a stream. */
export const HANDOVER = new HttpContextToken<Handover | undefined>(() => undefined);

/**
 * Opens streams, and passes every other request to another backend. It only extends `FetchBackend` because Angular
 * warns about any other backend on the server (NG2801).
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

  /** Sends the request. Completes when the headers arrive. */
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
      const answer = (response: ResponseLike & Partial<Pick<Response, 'statusText' | 'redirected' | 'type'>>) => {
        const { status } = response;
        const cancel = (reason?: unknown) => {
          // Another `fetch` may ignore its signal. Before the abort, because afterwards nothing is left to cancel.
          if (this.fetch) cancelBody(response);
          controller.abort(reason);
        };
        if (subscriber.closed) {
          cancel();
          return;
        }
        const head = {
          status,
          headers: toHttpHeaders(response.headers),
          url: response.url || url,
          // Not every transport has it.
          statusText: response.statusText ?? '',
          redirected: response.redirected ?? false,
          ...(response.type && { responseType: response.type }),
        };
        // 0 is the status of an opaque response, for example with `redirect: 'manual'`. The stream explains the error.
        if (status === 0 || (status >= 200 && status < 300)) {
          subscriber.remove(abort);
          handover.accept({ response, cancel });
          zone.run(() => {
            subscriber.next(new HttpResponse({ ...head, body: null }));
            subscriber.complete();
          });
        } else {
          // The same limits as without `HttpClient`.
          const text = readText(response, url, asyncScheduler);
          subscriber.add(text.subscribe(error => fail({ ...head, error })));
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
        // If `fetch` throws, the request has failed too.
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

/** Returns the request after all interceptors. Everything else comes from the original init. */
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
  // `fetch` sends bytes and streams itself, and sets their type. `HttpClient` only supports `ArrayBuffer`.
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

/**
 * Not by the constructor, because a transport may have its own headers. If these can't be listed, they are left out.
 */
function toHttpHeaders(headers: ResponseLike['headers']): HttpHeaders {
  let all = new HttpHeaders();
  (headers as Partial<Headers>).forEach?.((value, name) => (all = all.append(name, value)));
  return all;
}
