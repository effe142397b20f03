/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import { KEPT_ANSWER, NO_ANSWER } from '#angular-checks';
import {
  HTTP_INTERCEPTORS,
  HttpClient,
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  HttpHeaders,
  type HttpInterceptor,
  type HttpInterceptorFn,
  type HttpRequest,
  HttpResponse,
  provideHttpClient,
  withFetch,
  withInterceptors,
  withInterceptorsFromDi,
} from '@angular/common/http';
import { ApplicationRef, inject, type Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionError, ResponseStatusError, type WaitingLifecycle } from 'rx-sse';
import { injectEventSource, provideSse, type SseOptions, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';
import {
  catchError,
  concat,
  concatMap,
  delay,
  EMPTY,
  filter,
  finalize,
  firstValueFrom,
  map,
  NEVER,
  Observable,
  of,
  retry,
  shareReplay,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { Clock } from '../support/clock.js';

beforeAll(initTestBed);

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(() => server.close());

/** Returns the stream function of an application with these interceptors. */
function application(interceptors: HttpInterceptorFn[], ...providers: Provider[]) {
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(withFetch(), withInterceptors(interceptors), withInterceptorsFromDi(), withSse()),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
      ...providers,
    ],
  });
  return TestBed.runInInjectionContext(() => injectEventSource());
}
const connect = (interceptors: HttpInterceptorFn[], options?: SseOptions) =>
  observe(application(interceptors).lifecycle(server.url, options));

/** Calls `act` with each response before it is passed on. */
const onAnswer =
  (act: (response: HttpResponse<unknown>) => void): HttpInterceptorFn =>
  (request, next) =>
    next(request).pipe(tap(event => event instanceof HttpResponse && act(event)));

describe('interceptors', () => {
  it('see each attempt, first functional ones, then those from DI, in order, and what they set is sent', async () => {
    const seen: string[] = [];
    const mark =
      (name: string): HttpInterceptorFn =>
      (request, next) => {
        seen.push(`${name} ${request.headers.get('x-path') ?? ''}`);
        return next(request.clone({ setHeaders: { 'x-path': `${request.headers.get('x-path') ?? ''}${name}` } }));
      };
    class FromDi implements HttpInterceptor {
      private readonly mark = mark('c');
      intercept(
        request: HttpRequest<unknown>,
        next: { handle(request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> },
      ) {
        return this.mark(request, forwarded => next.handle(forwarded));
      }
    }
    const eventSource = application([mark('a'), mark('b')], {
      provide: HTTP_INTERCEPTORS,
      useFactory: () => new FromDi(),
      multi: true,
    });
    const stream = observe(eventSource(server.url));
    const first = (await server.exchange(0)).open().send('data: 1\n\n');
    await stream.first(1);
    first.cut();
    const second = (await server.exchange(1)).open().send('data: 2\n\n');
    await stream.first(2);

    expect(first.request.headers['x-path']).toBe('abc');
    expect(second.request.headers['x-path']).toBe('abc');
    expect(seen).toEqual(['a ', 'b a', 'c ab', 'a ', 'b a', 'c ab']);
    expect(first.request.headers).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-cache' });
  });

  it('can refresh a token on a 401 and send the request again, on the first attempt and on a reconnect', async () => {
    let token = 'old';
    const auth: HttpInterceptorFn = (request, next) => {
      const http = inject(HttpClient);
      if (request.url.endsWith('/refresh')) return next(request);
      const send = () => next(request.clone({ setHeaders: { authorization: `Bearer ${token}` } }));
      return send().pipe(
        catchError((error: unknown) => {
          if (!(error instanceof HttpErrorResponse) || error.status !== 401) return throwError(() => error);
          return http.post<{ token: string }>(`${server.origin}/refresh`, { reason: error.error as string }).pipe(
            switchMap(answer => {
              token = answer.token;
              return send();
            }),
          );
        }),
      );
    };
    const stream = connect([auth], { reconnect: { delay: 0, when: () => undefined } });

    for (const [round, lastEventId] of [undefined, '1ü漢'].entries()) {
      const refused = await server.exchange(3 * round);
      expect(refused.request.headers.authorization).toBe(`Bearer ${token}`);
      expect(refused.lastEventId).toBe(lastEventId);
      refused.refuse(401, {}, `expired ${round}`);

      const refresh = await server.exchange(3 * round + 1);
      expect(await refresh.body()).toBe(`{"reason":"expired ${round}"}`);
      refresh.refuse(200, { 'content-type': 'application/json' }, `{"token":"fresh ${round}"}`);

      const opened = (await server.exchange(3 * round + 2)).open().send(`id: ${round + 1}ü漢\ndata: a${round}\n\n`);
      expect(opened.request.headers.authorization).toBe(`Bearer fresh ${round}`);
      expect(opened.lastEventId).toBe(lastEventId);
      await stream.find(item => item.kind === 'event' && item.event.data === `a${round}`);
      opened.cut();
    }
    const third = await server.exchange(6);
    expect(third.lastEventId).toBe('2ü漢');
    expect(stream.values.filter(ofKind('waiting')).map(({ error }) => error)).toEqual([
      expect.any(ConnectionError),
      expect.any(ConnectionError),
    ]);
  });

  it('see the sent event and a response without a body, but no progress, however long the stream is [pitfall 34]', async () => {
    const seen: HttpEvent<unknown>[] = [];
    let isComplete = false;
    const spy: HttpInterceptorFn = (request, next) =>
      next(request.clone({ reportProgress: true })).pipe(
        tap({ next: event => seen.push(event), complete: () => (isComplete = true) }),
      );
    const eventSource = application([spy]);
    let length = 0;
    const stream = observe(
      eventSource(server.url).pipe(
        tap(({ data }) => (length += data.length)),
        filter(({ type }) => type === 'last'),
      ),
    );
    const exchange = (await server.exchange(0)).open({ 'x-server': 'one', 'set-cookie': 'a=1' });
    const megabyte = `data: ${'x'.repeat(1024 * 1024)}\n\n`;
    for (let count = 0; count < 20; count++) exchange.send(megabyte);
    exchange.send('event: last\ndata:\n\n');
    await stream.first(1);

    expect(length).toBe(20 * 1024 * 1024);
    expect(seen.map(({ type }) => type)).toEqual([HttpEventType.Sent, HttpEventType.Response]);
    expect(isComplete).toBe(true);
    const answer = seen[1] as HttpResponse<unknown>;
    expect(answer).toMatchObject({ status: 200, statusText: 'OK', ok: true, url: server.url, body: null });
    expect(answer.headers.get('X-Server')).toBe('one');
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
  });

  it('limit only the handshake with `timeout`, and complete at the headers: a spinner stops there', async () => {
    const clock = new Clock();
    const spinner: string[] = [];
    const stream = connect([
      (request, next) => {
        spinner.push('on');
        return next(request).pipe(finalize(() => spinner.push('off')));
      },
      (request, next) =>
        next(request).pipe(
          filter(event => event instanceof HttpResponse),
          timeout(5000, clock),
        ),
    ]);
    const unanswered = await server.exchange(0);
    expect(spinner).toEqual(['on']);
    clock.advanceTo(5000);
    await unanswered.gone();
    expect(spinner.slice(0, 2)).toEqual(['on', 'off']);
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause.name', 'TimeoutError');

    const answered = await server.exchange(1);
    expect(spinner).toEqual(['on', 'off', 'on']);
    answered.open();
    await stream.find(ofKind('open'));
    expect(spinner).toEqual(['on', 'off', 'on', 'off']);
    expect(clock.timers).toBe(0);
    clock.advanceTo(20_000);
    answered.send('data: later\n\n');
    await stream.find(ofKind('event'));
    expect(server.exchanges).toHaveLength(2);
  });

  it('leave the application pending until the headers, and stable while the stream is open [pitfall 34]', async () => {
    const stream = connect([]);
    const app = TestBed.inject(ApplicationRef);
    const exchange = await server.exchange(0);
    expect(await firstValueFrom(app.isStable)).toBe(false);
    const order: string[] = [];
    const stable = app.whenStable().then(() => order.push('stable'));
    order.push('headers');
    exchange.open();
    await stable;
    expect(order).toEqual(['headers', 'stable']);
    await stream.find(ofKind('open'));
    expect(await firstValueFrom(app.isStable)).toBe(true);
    expect(stream.status).toBe('live');
    expect(exchange.response.writableEnded).toBe(false);
  });
});

describe('a response that an interceptor doesn’t pass on is cancelled', () => {
  it('when the interceptor sends the request again after a 2xx', async () => {
    let answers = 0;
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          tap(event => {
            if (event instanceof HttpResponse && answers++ === 0) throw new Error('once more');
          }),
          retry(1),
        ),
    ]);
    const first = (await server.exchange(0)).open();
    const second = await server.exchange(1);
    await first.gone();
    second.open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
    expect(server.liveExchanges).toBe(1);
  });

  it('when the interceptor sends the request twice', async () => {
    const answered = new Subject<void>();
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          filter(event => event instanceof HttpResponse),
          concatMap(() => next(request)),
          tap(event => event instanceof HttpResponse && answered.next()),
        ),
    ]);
    const first = (await server.exchange(0)).open();
    const second = await server.exchange(1);
    await first.gone();
    second.open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(server.liveExchanges).toBe(1);
  });

  it('when the interceptor throws after it, which is a ConnectionError with that cause', async () => {
    const stream = connect([
      onAnswer(() => {
        throw new Error('logged out');
      }),
    ]);
    const first = (await server.exchange(0)).open();
    await first.gone();
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause.message', 'logged out');
    // The stream reconnects.
    await server.exchange(1);
  });

  it('when the interceptor throws instead of sending, even if `reconnect.when` makes that final', async () => {
    const loggedOut = new Error('logged out');
    const stream = connect([() => throwError(() => loggedOut)], {
      reconnect: { when: error => (error instanceof ConnectionError && error.cause === loggedOut ? false : undefined) },
    });
    expect(await stream.failed()).toMatchObject({ cause: loggedOut });
    expect(server.exchanges).toHaveLength(0);
  });

  it('when the interceptor unsubscribes after it, which fails the attempt', async () => {
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          filter(event => event.type !== HttpEventType.Sent),
          take(1),
          switchMap(() => EMPTY),
        ),
    ]);
    await (await server.exchange(0)).open().gone();
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toHaveProperty('cause.message', NO_ANSWER);
  });

  it('when the subscription ends while an interceptor holds it', async () => {
    const answered = new Subject<void>();
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          concatMap(event => {
            if (!(event instanceof HttpResponse)) return of(event);
            answered.next();
            return NEVER;
          }),
        ),
    ]);
    const exchange = await server.exchange(0);
    const reached = firstValueFrom(answered);
    exchange.open();
    await reached;
    expect(server.liveExchanges).toBe(1);
    stream.subscription.unsubscribe();
    await exchange.gone();
  });

  it('when it follows another response, which is already the stream', async () => {
    const stream = connect([(request, next) => concat(next(request), next(request))]);
    const first = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    const second = (await server.exchange(1)).open();
    await second.gone();
    first.send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
  });

  it('before it arrives: unsubscribing before the headers aborts the request', async () => {
    const stream = connect([]);
    const exchange = await server.exchange(0);
    stream.subscription.unsubscribe();
    await exchange.gone();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(server.liveExchanges).toBe(0);
  });
});

describe('a response that an interceptor passes on', () => {
  it('is closed by unsubscribing', async () => {
    const stream = connect([]);
    const exchange = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    stream.subscription.unsubscribe();
    await exchange.gone();
    expect(server.liveExchanges).toBe(0);
  });

  it('is the stream, even if the interceptor changes it, delays it or doesn’t complete', async () => {
    const stream = connect([
      (request, next) =>
        new Observable(subscriber =>
          next(request)
            .pipe(
              map(event => (event instanceof HttpResponse ? event.clone({ body: { wrapped: event.body } }) : event)),
              delay(1),
            )
            .subscribe({ next: event => subscriber.next(event) }),
        ),
    ]);
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    stream.subscription.unsubscribe();
    await exchange.gone();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(server.liveExchanges).toBe(0);
  });

  it('isn’t affected by an error that the interceptor throws later', async () => {
    const later = new Subject<never>();
    const stream = connect([
      (request, next) =>
        new Observable(subscriber => {
          subscriber.add(next(request).subscribe(event => subscriber.next(event)));
          subscriber.add(later.subscribe(subscriber));
        }),
    ]);
    const exchange = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    later.error(new Error('later'));
    exchange.send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(server.exchanges).toHaveLength(1);
  });
});

describe('a response that an interceptor has cached', () => {
  it('has no stream for another request, and the error says so', async () => {
    const kept = new Map<string, Observable<HttpEvent<unknown>>>();
    const stream = connect([
      (request, next) => {
        const answer = kept.get(request.url) ?? next(request).pipe(shareReplay({ bufferSize: 2, refCount: false }));
        kept.set(request.url, answer);
        return answer;
      },
    ]);
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    exchange.cut();
    const { error } = await stream.find(
      (item): item is WaitingLifecycle => item.kind === 'waiting' && item.attempt === 2,
    );
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause.message', KEPT_ANSWER);
    kept.clear();
    (await server.exchange(1)).open().send('data: b\n\n');
    await stream.find(item => item.kind === 'event' && item.event.data === 'b');
    expect(stream.values.filter(ofKind('open'))).toHaveLength(2);
  });
});

describe('the outcome of an interceptor', () => {
  it('is a ResponseStatusError if it throws an HttpErrorResponse with a status', async () => {
    const error = new HttpErrorResponse({ status: 403, error: { code: 7 }, url: 'http://made.test/up' });
    const stream = connect([() => throwError(() => error)]);
    const refused = await stream.failed();
    expect(refused).toBeInstanceOf(ResponseStatusError);
    expect(refused).toMatchObject({ status: 403, body: '{"code":7}', url: 'http://made.test/up', retryable: false });
  });

  it('is a ResponseStatusError without a body if the body can’t be serialized', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const stream = connect([() => throwError(() => new HttpErrorResponse({ status: 403, error: circular }))]);
    expect(await stream.failed()).toMatchObject({ name: 'ResponseStatusError', status: 403, body: '' });
  });

  it('is a ConnectionError if its response can’t be read', async () => {
    const headers = new HttpHeaders({ 'x-no-header': '漢' });
    const stream = connect([() => of(new HttpResponse({ body: '', headers }))], { reconnect: false });
    expect(await stream.failed()).toMatchObject({ name: 'ConnectionError', cause: { name: 'TypeError' } });
  });

  it('is a ConnectionError if it throws an HttpErrorResponse without a status', async () => {
    const error = new HttpErrorResponse({ status: 0, error: 'offline' });
    const stream = connect([() => throwError(() => error)], { reconnect: false });
    expect(await stream.failed()).toMatchObject({ name: 'ConnectionError', cause: error });
  });

  it('is a stream that ends if the interceptor itself responds with text', async () => {
    const stream = connect([() => of(new HttpResponse({ body: 'id: 1\ndata: a\n\n' }))], { reconnect: false });
    const items = await stream.completed();
    expect(items.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event', 'closed']);
    expect(server.exchanges).toHaveLength(0);
  });

  it('is a ContentTypeError if the interceptor itself responds with anything but text', async () => {
    const stream = connect([() => of(new HttpResponse({ body: { a: 1 } }))]);
    expect(await stream.failed()).toMatchObject({ name: 'ContentTypeError', contentType: null });
  });
});
