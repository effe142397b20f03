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
 * Opens streams with the `HttpClient` of the injector that creates them. Sets the default of the option `fetch`.
 *
 * Each attempt, including each reconnect, is one request for your interceptors, including those of a route. The
 * response is complete when the headers arrive. `withSse` describes what interceptors see. The option `context` is the
 * context of the request.
 *
 * - If an interceptor returns its own response (a mock, `provideHttpClientTesting`), its text is a stream that ends
 *   there. The events arrive in microtasks, so a test must wait for them.
 * - An `HttpErrorResponse` with a status is a response of the server. The stream handles it as a `ResponseStatusError`,
 *   with the usual rule for reconnecting.
 * - If an interceptor throws anything else, or completes without a response, the request has failed. The stream handles
 *   it as a `ConnectionError` with this `cause`. It reconnects, unless `reconnect.when` decides otherwise. The same
 *   applies to a cached or shared response of another request, because it has no stream.
 * - If an interceptor creates its own request instead of cloning the given one, it must pass the `context` on, because
 *   the context marks the request as a stream.
 *
 * `injectEventSource` throws if `withSse()` is missing or isn't the last feature of `provideHttpClient`, because
 * `HttpClient` would wait for the end of the response.
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

/** A `fetch` that also needs the injector of the stream. */
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
        // Hydration doesn't need the response of a stream.
        transferCache: false,
      });
      // Closes the response at the end of the attempt, even if an interceptor fails after it and nothing reads it.
      signal.addEventListener('abort', () => handover.close(signal.reason));
      // Interceptors run in the zone, like for any other request.
      inside(() =>
        http
          .request(request)
          .pipe(takeUntil(fromEvent(signal, 'abort').pipe(notifyBy(inside))))
          .subscribe({
            next: event => {
              if (event.type !== HttpEventType.Response) return;
              const live = handover.take();
              // Otherwise it would look like a stream that has ended, and the stream would reconnect over and over
              // without an error.
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

/** Converts a response that isn't a live stream. It only has text. */
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

/** Returns the backend that requests end at. With `withRequestsMadeViaParent()`, it's the backend of a parent. */
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
