import { KEPT_ANSWER, NO_ANSWER, NO_SSE } from '#angular-checks';
import {
  FetchBackend,
  HttpBackend,
  HttpClient,
  HttpContext,
  HttpErrorResponse,
  HttpEventType,
  HttpHandler,
  HttpHeaders,
  HttpRequest,
  type HttpResponse,
  HttpResponseBase,
  HttpXhrBackend,
} from '@angular/common/http';
import { EnvironmentInjector, type Injector, NgZone } from '@angular/core';
import { fromEvent, takeUntil } from 'rxjs';
import type { FetchLike, ResponseLike } from '../index.js';
import { notifyBy } from './notify-by.js';
import type { SseFeature } from './provide-sse.js';
import { Handover, HANDOVER, SseBackend } from './with-sse.js';

/**
 * Opens streams by the `HttpClient` of the injector that they are made in: a default for the option `fetch`. Each attempt, also each reconnect, is one
 * request that its interceptors see, those of a route included, and whose answer is complete when the headers have come; `withSse` says what it looks like
 * to them. The option `context` is the request's.
 *
 * - An interceptor that answers itself (a mock, `provideHttpClientTesting`) answers with the text of a stream that ends behind it. Its events
 *   come in microtasks, so a test waits for them.
 * - An `HttpErrorResponse` with a status is the server's answer: a `ResponseStatusError`, with its usual rule of reconnecting.
 * - Whatever else an interceptor throws, and one that completes without an answer, is a request that failed: a `ConnectionError` with
 *   that as its `cause`, which reconnects unless `reconnect.when` says otherwise. So is the answer to another request, which an interceptor
 *   has kept or shared: its stream is not in it.
 * - An interceptor that makes a request of its own, and does not clone the one that it is given, passes the `context` on: that is what says
 *   that the answer is a stream.
 *
 * `injectEventSource` throws where `HttpClient` reads answers to their end, since `withSse()` is missing or not the last of its features.
 *
 * @example
 * ```ts
 * bootstrapApplication(App, {
 *   providers: [provideHttpClient(withInterceptors([auth]), withSse()), provideSse(withHttpClient())],
 * });
 * ```
 */
export function withHttpClient(): SseFeature {
  return { defaults: () => ({ fetch: BY_HTTP_CLIENT }) };
}

/** What it is called as says who makes the stream. */
const BY_HTTP_CLIENT = /* @__PURE__ */ Object.assign(() => undefined as never, { in: fetchByHttpClient });

function fetchByHttpClient(injector: Injector): (context: HttpContext | undefined) => FetchLike {
  const backend = lastBackend(injector.get(EnvironmentInjector));
  if (!(backend instanceof SseBackend) && (backend instanceof FetchBackend || backend instanceof HttpXhrBackend)) {
    throw new Error(NO_SSE);
  }
  const http = injector.get(HttpClient);
  const zone = injector.get(NgZone);
  const inside = (run: () => unknown) => zone.run(run);
  return context => (url: string, init: RequestInit & { readonly signal: AbortSignal }) =>
    new Promise<ResponseLike | HttpResponse<unknown> | HttpErrorResponse>((resolve, reject) => {
      const { method = 'GET', body = null, signal } = init;
      const handover = new Handover(init);
      const copy = new HttpContext().set(HANDOVER, handover);
      for (const token of context?.keys() ?? []) copy.set(token, context?.get(token));
      const request = new HttpRequest<unknown>(method, url, body, {
        ...(init as Omit<RequestInit, 'headers' | 'priority'>),
        headers: new HttpHeaders(init.headers as Record<string, string>),
        context: copy,
        responseType: 'text',
        // Hydration has nothing to say about a handshake.
        transferCache: false,
      });
      // However the attempt ends: also where an interceptor fails behind an answer, and nobody has taken that.
      signal.addEventListener('abort', () => handover.close(signal.reason));
      // Interceptors are called where they are for any other request.
      inside(() =>
        http
          .request(request)
          .pipe(takeUntil(fromEvent(signal, 'abort').pipe(notifyBy(inside))))
          .subscribe({
            next: event => {
              if (event.type !== HttpEventType.Response) return;
              const live = handover.take();
              // Taken for a stream that has ended, it would be asked for again and again, and nobody would be told.
              if (!live && event.status === 200 && event.body === null) {
                reject(new Error(KEPT_ANSWER));
              } else resolve(live ?? event);
            },
            error: (error: unknown) => {
              if (error instanceof HttpErrorResponse && error.status !== 0) resolve(error);
              else reject(error);
            },
            complete: () => reject(new Error(NO_ANSWER)),
          }),
      );
    }).then(answer => (answer instanceof HttpResponseBase ? toResponse(answer) : answer));
}

/** An answer that did not come as a stream: its text is all that there is of it. */
function toResponse(answer: HttpResponse<unknown> | HttpErrorResponse): ResponseLike {
  const { status, ok, url } = answer;
  const body: unknown = (answer instanceof HttpErrorResponse ? answer.error : answer.body) ?? '';
  const headers = new Headers();
  for (const name of answer.headers.keys()) {
    for (const value of answer.headers.getAll(name) ?? []) headers.append(name, value);
  }
  if (ok && typeof body === 'string' && !headers.has('content-type')) headers.set('content-type', 'text/event-stream');
  return { status, url: url ?? '', headers, body: textOf(body) };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is there
async function* textOf(body: unknown): AsyncGenerator<string> {
  yield typeof body === 'string' ? body : JSON.stringify(body);
}

/** What requests end up at: with `withRequestsMadeViaParent()` that is the backend of a parent. */
function lastBackend(from: EnvironmentInjector): HttpBackend {
  let backend = from.get(HttpBackend);
  for (
    let injector: EnvironmentInjector | null = from;
    injector;
    injector = injector.get(EnvironmentInjector, null, { skipSelf: true })
  ) {
    if (injector.get(HttpHandler, null) === backend) backend = injector.get(HttpBackend);
  }
  return backend;
}
