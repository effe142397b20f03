/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { connect, server, useInterceptors } from './use-interceptors.js';
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
} from '@angular/common/http';
import { ApplicationRef, inject } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { ConnectionError, ResponseStatusError } from 'rx-sse';
import {
  catchError,
  filter,
  finalize,
  firstValueFrom,
  type Observable,
  of,
  switchMap,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { Clock } from '../support/clock.js';
import { applicationWithInterceptors } from './application-with-interceptors.js';

useInterceptors();

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
    const eventSource = applicationWithInterceptors([mark('a'), mark('b')], {
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
    const eventSource = applicationWithInterceptors([spy]);
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
