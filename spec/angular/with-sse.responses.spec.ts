/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { Readable } from 'node:stream';
import { initTestBed } from '../support/angular.js';
import { type HttpErrorResponse, type HttpInterceptorFn, HttpResponse } from '@angular/common/http';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SseOptions } from 'rx-sse/angular';
import { concatMap, filter, firstValueFrom, ignoreElements, interval, of, Subject, tap } from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { TRANSPORTS } from '../support/transports.js';
import { until } from '../support/until.js';
import { applicationWithSse, passOn } from './application-with-sse.js';

beforeAll(initTestBed);

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(() => server.close());

afterEach(() => {
  jest.useRealTimers();
});

describe.each(TRANSPORTS)('responses over %s', (_name, fetch) => {
  const connect = (interceptor: HttpInterceptorFn = passOn, options: SseOptions = {}) =>
    observe(applicationWithSse(interceptor, { fetch }).lifecycle(server.url, options));

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
    const stream = observe(applicationWithSse(passOn).lifecycle(server.url));
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
    const stream = observe(applicationWithSse(passOn, { fetch }).lifecycle('/stream'));
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
    const stream = observe(applicationWithSse(passOn, { fetch: () => firstValueFrom(answered) })(server.url));
    stream.subscription.unsubscribe();
    answered.next(response);
    await firstValueFrom(interval(0).pipe(filter(isCancelled)));
    expect(stream.values).toEqual([]);
  });

  it('are cancelled if they are refusals', async () => {
    const { response, isCancelled } = endless(418);
    const stream = observe(applicationWithSse(passOn, { fetch: () => Promise.resolve(response) })(server.url));
    expect(await stream.failed()).toMatchObject({ status: 418 });
    expect(isCancelled()).toBe(true);
  });

  it.each([
    ['a refusal', 418, passOn],
    ['a response that an interceptor drops', 200, (request, next) => next(request).pipe(ignoreElements())],
  ])('are destroyed if they are Node.js streams: %s', async (_which, status, interceptor) => {
    const body = new Readable({ read: () => body.push('x'.repeat(100_000)) });
    const fetch = () => Promise.resolve({ status, url: '', headers: new Headers(), body });
    await observe(applicationWithSse(interceptor, { fetch })('/stream', { reconnect: false })).failed();
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
    await observe(applicationWithSse(keepIt)('/stream', { reconnect: false })).failed();
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
    const stream = observe(applicationWithSse(passOn, { fetch }).lifecycle('/stream'));
    expect(await stream.failed()).toMatchObject({ status: 403, body: 'no', url: '/stream' });
    expect(stream.values.filter(ofKind('event')).map(({ event }) => event.data)).toEqual(['a']);
  });
});

describe('responses that can’t be read', () => {
  it('are final, like without HttpClient', async () => {
    const stream = observe(applicationWithSse(passOn, { fetch: () => Promise.resolve(Response.error()) })(server.url));
    expect(await stream.failed()).toMatchObject({ name: 'ResponseStatusError', status: 0, retryable: false });
  });
});
