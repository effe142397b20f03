/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { Readable } from 'node:stream';
import { initTestBed } from '../support/angular.js';
import {
  FetchBackend,
  HttpBackend,
  type HttpErrorResponse,
  HttpClient,
  type HttpEvent,
  type HttpInterceptorFn,
  HttpParams,
  type HttpRequest,
  HttpResponse,
  HttpXhrBackend,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FetchLike } from 'rx-sse';
import {
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
  withHttpClient,
  withSse,
  type WithSseOptions,
} from 'rx-sse/angular';
import {
  concatMap,
  filter,
  firstValueFrom,
  ignoreElements,
  interval,
  type Observable,
  of,
  retry,
  Subject,
  tap,
} from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { TRANSPORTS } from '../support/transports.js';
import { itChecked } from '../support/checked.js';
import { until } from '../support/until.js';

beforeAll(initTestBed);

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(() => server.close());

/** Returns the stream function of an application in which this interceptor is the last. */
function application(last: HttpInterceptorFn, options?: WithSseOptions) {
  TestBed.configureTestingModule({
    providers: [
      provideHttpClient(withInterceptors([last]), withSse(options)),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
    ],
  });
  return TestBed.runInInjectionContext(() => injectEventSource());
}
const passOn: HttpInterceptorFn = (request, next) => next(request);

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

describe('withSse', () => {
  itChecked('rejects options of a wrong type', () => {
    const wrong = (options: unknown) => () => withSse(options as WithSseOptions);
    expect(wrong(null)).toThrow(new TypeError('Expected an object for the option `options`, but got null (object)'));
    expect(wrong({ backend: 'xhr' })).toThrow(
      new TypeError('Expected a class for the option `backend`, but got "xhr" (string)'),
    );
    expect(wrong({ fetch: 1 })).toThrow(
      new TypeError('Expected a function for the option `fetch`, but got 1 (number)'),
    );
    expect(wrong({ backend: undefined, fetch: undefined })).not.toThrow();
  });

  describe('leaves other requests to', () => {
    class Own extends HttpBackend {
      handle(): Observable<HttpEvent<unknown>> {
        return of(new HttpResponse({ body: 'own' }));
      }
    }
    /** Returns the backend that received a request of the application. */
    const used = async (...features: Parameters<typeof provideHttpClient>) => {
      const calls: string[] = [];
      const spied = (name: string, backend: object) =>
        Object.assign(backend, {
          handle: (request: HttpRequest<unknown>) => {
            calls.push(`${name} ${request.urlWithParams}`);
            return of(new HttpResponse({ body: name }));
          },
        });
      TestBed.resetTestingModule().configureTestingModule({
        providers: [provideHttpClient(...features), { provide: Own, useFactory: () => new Own() }],
      });
      spied('xhr', TestBed.inject(HttpXhrBackend));
      const fetchBackend = TestBed.inject(FetchBackend, null, { optional: true });
      if (fetchBackend) spied('fetch', fetchBackend);
      const answer = await firstValueFrom(TestBed.inject(HttpClient).get('/other?a=1', { responseType: 'text' }));
      expect(calls).toEqual(answer === 'own' ? [] : [`${answer} /other?a=1`]);
      return answer;
    };

    it('the default backend of Angular', async () => {
      // XMLHttpRequest in Angular 21, fetch in Angular 22 and later.
      const byItself = await used();
      expect(await used(withSse())).toBe(byItself);
    });

    it('fetch with `withFetch()`', async () => {
      expect(await used(withFetch(), withSse())).toBe('fetch');
    });

    it('the given backend', async () => {
      expect(await used(withFetch(), withSse({ backend: HttpXhrBackend }))).toBe('xhr');
      expect(await used(withSse({ backend: Own }))).toBe('own');
    });
  });

  it('responds to other requests as before while a stream is open', async () => {
    const stream = observe(application(passOn).lifecycle(server.url));
    (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    const other = firstValueFrom(TestBed.inject(HttpClient).get(`${server.origin}/other`));
    (await server.exchange(1)).refuse(200, { 'access-control-allow-origin': '*' }, '{"a":1}');
    expect(await other).toEqual({ a: 1 });
  });
});

describe('the request for a stream', () => {
  /** Returns the arguments of the `fetch` call for a stream, after an interceptor has applied `update`. */
  async function sent(options: SseOptions, update: Parameters<HttpRequest<unknown>['clone']>[0] = {}) {
    const calls: [string, RequestInit][] = [];
    const fetch: FetchLike = (url: string, init: RequestInit) => {
      calls.push([url, init]);
      return Promise.resolve(new Response(null, { status: 204 }));
    };
    const eventSource = application((request, next) => next(request.clone(update)), { fetch });
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
    const stream = observe(application(passOn)(server.url, options));
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
      application((request, next) => next(request.clone({ timeout: 5000 }))).lifecycle(server.url, {
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
      application((request, next) => next(request.clone({ timeout: 12_345 }))).lifecycle(server.url),
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
    const stream = observe(application(spy)(url, { reconnect: false }));
    const refused = { name: 'HttpErrorResponse', status: 0, url, error: { name: 'TypeError' } };
    expect(await stream.failed()).toMatchObject({ name: 'ConnectionError', cause: refused });
    expect(seen).toMatchObject([refused]);
    TestBed.resetTestingModule();

    const illegal = new TypeError('Illegal invocation');
    const fetch = () => {
      throw illegal;
    };
    const thrown = observe(application(passOn, { fetch })(url, { reconnect: false }));
    expect(await thrown.failed()).toMatchObject({ name: 'ConnectionError', cause: { status: 0, error: illegal } });
  });

  it('uses the `globalThis.fetch` at the time of the request', async () => {
    const { fetch } = globalThis;
    const eventSource = application(passOn);
    try {
      globalThis.fetch = () => Promise.resolve(new Response(null, { status: 204 }));
      expect(await observe(eventSource(server.url)).completed()).toEqual([]);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});

describe.each(TRANSPORTS)('responses over %s', (_name, fetch) => {
  const connect = (interceptor: HttpInterceptorFn = passOn, options: SseOptions = {}) =>
    observe(application(interceptor, { fetch }).lifecycle(server.url, options));

  it('become streams', async () => {
    const stream = connect();
    const first = (await server.exchange(0)).open({ 'x-server': 'one' }).send('id: 1\ndata: a\n\n');
    await stream.find(ofKind('event'));
    expect(stream.values[1]).toMatchObject({ kind: 'open', url: server.url, status: 200 });
    first.cut();
    const second = (await server.exchange(1)).open();
    expect(second.lastEventId).toBe('1');
    stream.subscription.unsubscribe();
    await second.gone();
  });

  it('become ResponseStatusErrors with text and headers, and a 503 with its retry time', async () => {
    const stream = connect(passOn, { reconnect: { delay: 0, jitter: 0 } });
    (await server.exchange(0)).refuse(503, { 'retry-after': '0', 'x-server': 'one' }, 'soon ü');
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toMatchObject({
      name: 'ResponseStatusError',
      status: 503,
      body: 'soon ü',
      retryAfter: 0,
      url: server.url,
    });
    expect((error as { headers: Headers }).headers.get('X-Server')).toBe('one');
    (await server.exchange(1)).refuse(404);
    expect(await stream.failed()).toMatchObject({ status: 404, body: '' });
  });

  it('are cut if the text of a refusal is too long', async () => {
    const seen: unknown[] = [];
    const stream = connect((request, next) =>
      next(request).pipe(tap({ error: (error: unknown) => seen.push((error as HttpErrorResponse).error) })),
    );
    const exchange = await server.exchange(0);
    exchange.response.writeHead(418);
    exchange.send('ü'.repeat(40_000));
    const body = 'ü'.repeat(32 * 1024);
    expect(await stream.failed()).toMatchObject({ status: 418, body });
    expect(seen).toEqual([body]);
    await exchange.gone();
  });

  it('complete the stream if they are 204', async () => {
    const stream = connect();
    (await server.exchange(0)).refuse(204);
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
  });

  it('are cancelled if nobody takes them', async () => {
    const stream = connect((request, next) =>
      next(request).pipe(
        concatMap(event => {
          if (event instanceof HttpResponse) stream.subscription.unsubscribe();
          return of(event);
        }),
      ),
    );
    const exchange = await server.exchange(0);
    await exchange.open().gone();
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting']);
  });
});

describe('the text of a refusal', () => {
  it('is read for at most 2 s', async () => {
    const stream = observe(application(passOn).lifecycle(server.url));
    jest.useFakeTimers({
      doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout', 'clearTimeout'],
    });
    const exchange = await server.exchange(0);
    exchange.response.writeHead(418);
    exchange.send('short and stout');
    await until(() => jest.getTimerCount() > 0);
    jest.advanceTimersByTime(1999);
    expect(stream.status).toBe('live');
    jest.advanceTimersByTime(1);
    jest.useRealTimers();
    // Only the transport knows how much of the text it has read by then.
    expect(await stream.failed()).toMatchObject({ status: 418, url: server.url });
    await exchange.gone();
  });
});

describe('the text of a refusal that is being read', () => {
  it('is released when you unsubscribe', async () => {
    const body: Readable = new Readable({ read: () => stream.subscription.unsubscribe() });
    const fetch = () => Promise.resolve({ status: 418, url: '', headers: new Headers(), body });
    const stream = observe(application(passOn, { fetch }).lifecycle('/stream'));
    await until(() => body.destroyed);
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting']);
  });
});

describe('responses of a transport that ignores its signal', () => {
  const endless = (status: number) => {
    let cancelled = false;
    const text = new Uint8Array(100_000);
    const body = new ReadableStream({ pull: source => source.enqueue(text), cancel: () => void (cancelled = true) });
    return { response: new Response(body, { status }), isCancelled: () => cancelled };
  };

  it('are cancelled if they arrive too late', async () => {
    const { response, isCancelled } = endless(200);
    const answered = new Subject<Response>();
    const stream = observe(application(passOn, { fetch: () => firstValueFrom(answered) })(server.url));
    stream.subscription.unsubscribe();
    answered.next(response);
    await firstValueFrom(interval(0).pipe(filter(isCancelled)));
    expect(stream.values).toEqual([]);
  });

  it('are cancelled if they are refusals', async () => {
    const { response, isCancelled } = endless(418);
    const stream = observe(application(passOn, { fetch: () => Promise.resolve(response) })(server.url));
    expect(await stream.failed()).toMatchObject({ status: 418 });
    expect(isCancelled()).toBe(true);
  });

  it.each([
    ['a refusal', 418, passOn],
    ['kept by an interceptor', 200, (request, next) => next(request).pipe(ignoreElements())],
  ])('are destroyed if they are Node.js streams: %s', async (_which, status, interceptor) => {
    const body = new Readable({ read: () => body.push('x'.repeat(100_000)) });
    const fetch = () => Promise.resolve({ status, url: '', headers: new Headers(), body });
    await observe(application(interceptor, { fetch })('/stream', { reconnect: false })).failed();
    expect(body.destroyed).toBe(true);
  });
});

describe('a response of the platform’s fetch', () => {
  const { fetch: platformFetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = platformFetch;
  });

  it('is only aborted if no interceptor passes it on: the abort closes it', async () => {
    const order: string[] = [];
    globalThis.fetch = (_url, init) => {
      init?.signal?.addEventListener('abort', () => order.push('abort'));
      return Promise.resolve(new Response(new ReadableStream({ cancel: () => void order.push('cancel') })));
    };
    const keepIt: HttpInterceptorFn = (request, next) => next(request).pipe(ignoreElements());
    await observe(application(keepIt)('/stream', { reconnect: false })).failed();
    expect(order).toEqual(['abort']);
  });
});

describe('responses of a minimal transport', () => {
  it('become streams and errors', async () => {
    const answers = [
      { status: 200, type: 'text/event-stream', text: 'data: a\n\n' },
      { status: 403, type: 'text/plain', text: 'no' },
    ];
    async function* body(text = '') {
      await Promise.resolve();
      yield new TextEncoder().encode(text);
    }
    const fetch = () => {
      const answer = answers.shift();
      const get = (name: string) => (name === 'content-type' ? (answer?.type ?? null) : null);
      return Promise.resolve({ status: answer?.status ?? 0, url: '', headers: { get }, body: body(answer?.text) });
    };
    const stream = observe(application(passOn, { fetch }).lifecycle('/stream'));
    expect(await stream.failed()).toMatchObject({ status: 403, body: 'no', url: '/stream' });
    expect(stream.values.filter(ofKind('event')).map(({ event }) => event.data)).toEqual(['a']);
  });
});

describe('responses that can’t be read', () => {
  it('are final, like without HttpClient', async () => {
    const stream = observe(application(passOn, { fetch: () => Promise.resolve(Response.error()) })(server.url));
    expect(await stream.failed()).toMatchObject({ name: 'ResponseStatusError', status: 0, retryable: false });
  });
});
