/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import { type HttpInterceptorFn, HttpParams, type HttpRequest } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FetchLike } from 'rx-sse';
import type { SseOptions } from 'rx-sse/angular';
import { of, retry } from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { applicationWithSse, passOn } from './application-with-sse.js';

beforeAll(initTestBed);

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(() => server.close());

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** Fakes only timeouts. The timers of RxJS and of the server keep running. */
function onlyTimeoutsAreFake(): void {
  jest.useFakeTimers({
    doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'clearInterval'],
  });
}

describe('the request for a stream', () => {
  /** Returns the arguments of the `fetch` call for a stream, after an interceptor has applied `update`. */
  async function sent(options: SseOptions, update: Parameters<HttpRequest<unknown>['clone']>[0] = {}) {
    const calls: [string, RequestInit][] = [];
    const fetch: FetchLike = (url: string, init: RequestInit) => {
      calls.push([url, init]);
      return Promise.resolve(new Response(null, { status: 204 }));
    };
    const eventSource = applicationWithSse((request, next) => next(request.clone(update)), { fetch });
    await observe(eventSource('/stream', options)).completed();
    TestBed.resetTestingModule();
    const [[url, { signal, ...init }] = ['', {}]] = calls;
    expect(calls).toHaveLength(1);
    expect(signal).toBeInstanceOf(AbortSignal);
    return { url, ...init };
  }

  it('has only the requested options and nothing else', async () => {
    expect(await sent({})).toStrictEqual({
      url: '/stream',
      method: 'GET',
      headers: { accept: 'text/event-stream' },
      body: null,
      cache: 'no-store',
      keepalive: false,
    });
  });

  it('carries all options of fetch, even those that HttpRequest doesn’t know', async () => {
    const options = {
      method: 'POST',
      body: 'hello',
      headers: [
        ['X-Many', 'a'],
        ['x-many', 'b'],
      ] as [string, string][],
      cache: 'reload' as const,
      credentials: 'include' as const,
      integrity: 'sha256-x',
      keepalive: true,
      mode: 'cors' as const,
      priority: 'high' as const,
      redirect: 'error' as const,
      referrer: 'about:client',
      referrerPolicy: 'origin' as const,
      duplex: 'half',
    };
    const headers = { accept: 'text/event-stream', 'x-many': 'a, b' };
    expect(await sent(options)).toStrictEqual({ ...options, headers, url: '/stream' });
  });

  it('includes the changes of interceptors', async () => {
    const update = {
      url: '/other',
      method: 'PUT',
      body: { a: [1] },
      params: new HttpParams({ fromObject: { q: 'ü' } }),
      setHeaders: { 'x-many': ['a', 'b'] },
      withCredentials: true,
      cache: 'default',
      mode: 'cors',
      redirect: 'manual',
      priority: 'low',
      keepalive: true,
      integrity: 'sha256-y',
      referrer: '',
      referrerPolicy: 'no-referrer',
    } as const;
    expect(await sent({}, { ...update, setHeaders: { 'x-many': ['a', 'b'] } })).toStrictEqual({
      url: '/other?q=%C3%BC',
      method: 'PUT',
      body: '{"a":[1]}',
      headers: { accept: 'text/event-stream', 'x-many': 'a, b', 'content-type': 'application/json' },
      credentials: 'include',
      cache: 'default',
      mode: 'cors',
      redirect: 'manual',
      priority: 'low',
      keepalive: true,
      integrity: 'sha256-y',
      referrer: '',
      referrerPolicy: 'no-referrer',
    });
    const form = await sent({ method: 'POST' }, { body: new HttpParams({ fromObject: { a: 1 } }) });
    expect(form).toMatchObject({
      body: 'a=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    });
    const typed = await sent({ method: 'POST', headers: { 'Content-Type': 'text/x' } }, { body: { a: 1 } });
    expect(typed.headers).toEqual({ accept: 'text/event-stream', 'content-type': 'text/x' });
  });

  it.each([
    ['text', () => 'text', 'text/plain;charset=UTF-8', 'text'],
    ['bytes', () => new Uint8Array([0, 97, 98]).subarray(1), undefined, 'ab'],
    ['a buffer', () => new Uint8Array([97, 98]).buffer, undefined, 'ab'],
    ['a stream', () => new Response('ab').body, undefined, 'ab'],
  ])('sends %s like fetch does', async (_name, body, type, text) => {
    const options = { method: 'POST', body: body() as BodyInit, duplex: 'half', reconnect: false as const };
    const stream = observe(applicationWithSse(passOn)(server.url, options));
    const exchange = await server.exchange(0);
    expect(await exchange.body()).toBe(text);
    expect(exchange.request.method).toBe('POST');
    expect(exchange.request.headers['content-type']).toBe(type);
    exchange.open().end('data: done\n\n');
    expect(await stream.completed()).toHaveLength(1);
  });

  it('passes a form on unchanged, and lets fetch set the content type', async () => {
    const body = new URLSearchParams({ a: '1' });
    const init = await sent({ method: 'POST', body });
    expect(init.body).toBe(body);
    expect(init.headers).toEqual({ accept: 'text/event-stream' });
  });

  it('fails if an interceptor has set a `timeout` and no headers arrive, like other requests', async () => {
    onlyTimeoutsAreFake();
    const stream = observe(
      applicationWithSse((request, next) => next(request.clone({ timeout: 5000 }))).lifecycle(server.url, {
        reconnect: false,
      }),
    );
    const exchange = await server.exchange(0);
    jest.advanceTimersByTime(4999);
    expect(stream.status).toBe('live');
    jest.advanceTimersByTime(1);
    expect(await stream.failed()).toMatchObject({
      name: 'ConnectionError',
      cause: { name: 'HttpErrorResponse', status: 0, url: server.url, error: { name: 'TimeoutError' } },
    });
    await exchange.gone();
  });

  it('clears the `timeout` when the headers arrive', async () => {
    const set = jest.spyOn(globalThis, 'setTimeout');
    const clear = jest.spyOn(globalThis, 'clearTimeout');
    const stream = observe(
      applicationWithSse((request, next) => next(request.clone({ timeout: 12_345 }))).lifecycle(server.url),
    );
    (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    const call = set.mock.calls.findIndex(([, delay]) => delay === 12_345);
    expect(call).not.toBe(-1);
    expect(clear.mock.calls.flat()).toContain(set.mock.results[call]?.value);
  });

  it('fails with status 0 if there is no server, and if `fetch` throws', async () => {
    const { url } = server;
    await server.close();
    const seen: unknown[] = [];
    const spy: HttpInterceptorFn = (request, next) =>
      next(request).pipe(retry({ count: 1, delay: (error: unknown) => of(seen.push(error)) }));
    const stream = observe(applicationWithSse(spy)(url, { reconnect: false }));
    const refused = { name: 'HttpErrorResponse', status: 0, url, error: { name: 'TypeError' } };
    expect(await stream.failed()).toMatchObject({ name: 'ConnectionError', cause: refused });
    expect(seen).toMatchObject([refused]);
    TestBed.resetTestingModule();

    const illegal = new TypeError('Illegal invocation');
    const fetch = () => {
      throw illegal;
    };
    const thrown = observe(applicationWithSse(passOn, { fetch })(url, { reconnect: false }));
    expect(await thrown.failed()).toMatchObject({ name: 'ConnectionError', cause: { status: 0, error: illegal } });
  });

  it('uses the `globalThis.fetch` at the time of the request', async () => {
    const { fetch } = globalThis;
    const eventSource = applicationWithSse(passOn);
    try {
      globalThis.fetch = () => Promise.resolve(new Response(null, { status: 204 }));
      expect(await observe(eventSource(server.url)).completed()).toEqual([]);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});
