import { BODY_SENT, noAnswer, noRequest, notOpen, tooLarge } from '#texts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, EMPTY, of, throwError } from 'rxjs';
import {
  type Attempt,
  ConnectionError,
  EventSourceError,
  type EventSourceOptions,
  EventSourceTimeoutError,
  EventTooLargeError,
  type FetchLike,
  fromEventSource,
  fromEventSourceLifecycle,
} from '../src/index.js';
import { itChecked } from './support/checked.js';
import { Clock } from './support/clock.js';
import { observe, ofKind } from './support/observe.js';
import { SseServer } from './support/sse-server.js';

describe('the options', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const subscribe = (options: EventSourceOptions = {}) => observe(fromEventSource(server.url, options));

  describe('of fetch', () => {
    it('are sent as given: method, body, headers', async () => {
      const stream = subscribe({
        method: 'POST',
        body: '{"prompt":"hi"}',
        headers: { 'Content-Type': 'application/json' },
      });
      const exchange = await server.exchange(0);
      expect(exchange.request.method).toBe('POST');
      expect(exchange.request.headers).toMatchObject({
        'content-type': 'application/json',
        accept: 'text/event-stream',
      });
      expect(await exchange.body()).toBe('{"prompt":"hi"}');
      exchange.open().end('data: hello\n\n');
      expect(await stream.completed()).toEqual([{ type: 'message', data: 'hello', lastEventId: '' }]);
    });

    it('set `Accept` and `cache` unless given, and add no header except Last-Event-ID [pitfall 40]', async () => {
      const inits: RequestInit[] = [];
      const fetch = (_url: string, init: RequestInit) => {
        inits.push(init);
        return Promise.resolve(new Response(null, { status: 204 }));
      };
      await subscribe({ fetch }).completed();
      await subscribe({ fetch, lastEventId: '5' }).completed();
      await subscribe({ fetch, cache: 'reload', credentials: 'include', headers: { Accept: 'text/*' } }).completed();
      expect(inits).toEqual([
        { cache: 'no-store', headers: { accept: 'text/event-stream' }, signal: expect.any(AbortSignal) },
        {
          cache: 'no-store',
          headers: { accept: 'text/event-stream', 'last-event-id': '5' },
          signal: expect.any(AbortSignal),
        },
        { cache: 'reload', credentials: 'include', headers: { accept: 'text/*' }, signal: expect.any(AbortSignal) },
      ]);
    });

    it.each<[string, HeadersInit]>([
      ['Headers', new Headers({ 'X-A': '1', 'X-B': '2' })],
      [
        'pairs',
        [
          ['X-A', '1'],
          ['X-B', '2'],
        ],
      ],
      ['an object', { 'X-A': '1', 'X-B': '2' }],
    ])('accept headers as %s', async (_form, headers) => {
      subscribe({ headers });
      const exchange = await server.exchange(0);
      expect(exchange.request.headers).toMatchObject({ 'x-a': '1', 'x-b': '2' });
      exchange.refuse(204);
    });
  });

  describe('headers', () => {
    it.each<
      [string, (token: number) => ReturnType<Extract<EventSourceOptions['headers'], (attempt: Attempt) => unknown>>]
    >([
      ['a value', token => ({ token: `${token}` })],
      ['pairs', token => [['token', `${token}`]]],
      ['a Promise', token => Promise.resolve({ token: `${token}` })],
      ['an Observable that goes on', token => new BehaviorSubject({ token: `${token}` })],
    ])(
      'are computed again before every attempt, from %s, and the position is kept [pitfall 15]',
      async (_form, make) => {
        let token = 0;
        const attempts: Attempt[] = [];
        const stream = subscribe({
          headers: attempt => {
            attempts.push(attempt);
            return make(++token);
          },
          reconnect: { delay: 0 },
        });
        const first = await server.exchange(0);
        first.open().send('id: 7\ndata: x\n\n');
        await stream.first(1);
        first.cut();
        const second = await server.exchange(1);
        expect([first, second].map(({ request }) => request.headers['token'])).toEqual(['1', '2']);
        expect(second.lastEventId).toBe('7');
        expect(attempts).toEqual([
          { count: 0, lastEventId: '' },
          { count: 1, lastEventId: '7', error: expect.any(ConnectionError) },
        ]);
        stream.subscription.unsubscribe();
      },
    );

    it('can be computed as `undefined`, and values with the same name are joined', async () => {
      subscribe({ headers: () => undefined });
      const none = await server.exchange(0);
      expect(none.request.headers.accept).toBe('text/event-stream');
      none.refuse(204);

      subscribe({
        headers: [
          ['x-b', '2'],
          ['X-B', '3'],
        ],
      });
      const twice = await server.exchange(1);
      expect(twice.request.headers['x-b']).toBe('2, 3');
      twice.refuse(204);
    });

    it('end the stream with the thrown error, or with a final error from a rejection, and send no request', async () => {
      const refused = new EventSourceError('no token');
      const ways: EventSourceOptions['headers'][] = [
        () => {
          throw refused;
        },
        () => Promise.reject(refused),
        () => throwError(() => refused),
      ];
      for (const headers of ways) expect(await subscribe({ headers }).failed()).toBe(refused);
      expect(await subscribe({ headers: () => EMPTY }).failed()).toMatchObject({
        message: noAnswer('headers'),
      });
      expect(server.exchanges).toHaveLength(0);
    });

    it('are computed again after the function throws, if `when` says so', async () => {
      const headers = jest.fn<() => HeadersInit>().mockImplementationOnce(() => {
        throw new Error('offline');
      });
      headers.mockReturnValue({});
      const stream = subscribe({ headers, reconnect: { when: () => 0 } });
      (await server.exchange(0)).refuse(204);
      await stream.completed();
      expect(headers).toHaveBeenCalledTimes(2);
    });
  });

  describe('prepare', () => {
    it('can change the URL and the init of each attempt, after all other options', async () => {
      const stream = subscribe({
        headers: { 'x-a': '1' },
        lastEventId: '5',
        prepare: ({ url, init }, { count }) =>
          of({ url: `${url}?try=${count}`, init: { ...init, headers: { ...init.headers, 'x-b': '2' } } }),
        reconnect: { delay: 0 },
      });
      const first = await server.exchange(0);
      expect(first.request.url).toBe('/stream?try=0');
      expect(first.request.headers).toMatchObject({ 'x-a': '1', 'x-b': '2', 'last-event-id': '5' });
      first.cut();
      const second = await server.exchange(1);
      expect(second.request.url).toBe('/stream?try=1');
      stream.subscription.unsubscribe();
    });

    it('can return a Promise of a URL without an init', async () => {
      subscribe({ prepare: ({ url }) => Promise.resolve({ url: new URL('/other', url) }) });
      const exchange = await server.exchange(0);
      expect(exchange.request.url).toBe('/other');
      exchange.refuse(204);
    });

    it('completes the stream by returning null', async () => {
      const stream = observe(fromEventSourceLifecycle(server.url, { prepare: () => null }));
      expect(await stream.completed()).toEqual([
        { kind: 'connecting', attempt: 0, lastEventId: '' },
        { kind: 'closed', reason: 'stopped' },
      ]);
    });

    it('errors with a clear message if it returns nothing', async () => {
      const prepare = (() => undefined) as never;
      expect(await subscribe({ prepare }).failed()).toMatchObject({ message: noRequest('prepare') });
    });
  });

  describe('fetch', () => {
    it('is called as a plain function with the URL as a string [pitfall 38]', async () => {
      const fetch = jest.fn<FetchLike>(function (this: unknown) {
        expect(this).toBeUndefined();
        return Promise.resolve(new Response(null, { status: 204 }));
      });
      await observe(fromEventSource(new URL('http://host/x?y'), { fetch })).completed();
      expect(fetch).toHaveBeenCalledWith('http://host/x?y', expect.anything());
    });

    it('can receive a URL that only it understands', async () => {
      const fetch = (url: string) =>
        Promise.resolve(new Response(`data: ${url}\n\n`, { headers: { 'content-type': 'text/event-stream' } }));
      const stream = observe(fromEventSource('/relative', { fetch, reconnect: false }));
      expect(await stream.completed()).toMatchObject([{ data: '/relative' }]);
    });

    it('fails to connect if it throws synchronously', async () => {
      const fetch = () => {
        throw new Error('broken');
      };
      const error = await subscribe({ fetch, reconnect: false }).failed();
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ cause: new Error('broken') });
    });
  });

  it('lastEventIdParam sends the position in the query and not as a header [pitfall 40]', async () => {
    const stream = observe(
      fromEventSourceLifecycle(`${server.url}?a=1`, { lastEventIdParam: 'from', reconnect: { delay: 0 } }),
    );
    const first = await server.exchange(0);
    expect(first.request.url).toBe('/stream?a=1');
    first.open().end('id: a&\u0001ü\ndata: x\n\n');
    const second = await server.exchange(1);
    expect(new URL(second.request.url ?? '', server.url).searchParams.get('from')).toBe('a&\u0001ü');
    expect(second.request.headers).not.toHaveProperty('last-event-id');
    second.open();
    expect(await stream.find(item => item.kind === 'open' && item.resumedFrom !== '')).toMatchObject({
      resumedFrom: 'a&\u0001ü',
    });
    stream.subscription.unsubscribe();
  });

  describe('validate', () => {
    it('refuses a response by throwing or rejecting; the body is cancelled, and the error final unless `when` retries', async () => {
      const refused = new Error('not today');
      const validate = jest.fn((response: Response): Promise<void> => {
        if (response.headers.has('x-maybe')) return Promise.reject(refused);
        throw refused;
      });
      const stream = subscribe({ validate, reconnect: { delay: 0, count: 1, when: () => true } });
      const first = (await server.exchange(0)).open();
      await first.gone();
      const second = (await server.exchange(1)).open({ 'x-maybe': '1' });
      await second.gone();
      expect(await stream.failed()).toBe(refused);

      const final = subscribe({ validate });
      (await server.exchange(2)).open();
      expect(await final.failed()).toBe(refused);
    });

    it('can read the body of a response that it refuses', async () => {
      const stream = subscribe({
        validate: async response => {
          throw new Error(await response.text());
        },
      });
      (await server.exchange(0)).refuse(200, { 'content-type': 'text/event-stream' }, 'the reason');
      expect(await stream.failed()).toEqual(new Error('the reason'));
    });

    it('is not called for a 204', async () => {
      const validate = jest.fn<() => void>();
      const stream = observe(fromEventSourceLifecycle(server.url, { validate }));
      (await server.exchange(0)).refuse(204);
      expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
      expect(validate).not.toHaveBeenCalled();
    });
  });

  describe('the timeouts', () => {
    it('connectTimeout limits the time until the headers, and reconnects', async () => {
      const clock = new Clock();
      const stream = observe(
        fromEventSourceLifecycle(server.url, { connectTimeout: 5000, scheduler: clock, reconnect: { delay: 100 } }),
      );
      const first = await server.exchange(0);
      clock.advanceTo(4999);
      expect(stream.values).toHaveLength(1);
      clock.advanceTo(5000);
      await first.gone();
      const { error } = await stream.find(ofKind('waiting'));
      expect(error).toBeInstanceOf(EventSourceTimeoutError);
      expect((error as Error).message).toContain(notOpen(5000));
      clock.advanceTo(5100);
      (await server.exchange(1)).open();
      await stream.find(ofKind('open'));
      // An open stream may be silent for any length of time.
      clock.advanceTo(1_000_000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'open' });
      stream.subscription.unsubscribe();
    });

    it('idleTimeout limits silence; a comment counts as activity [pitfall 17]', async () => {
      const clock = new Clock();
      const stream = observe(
        fromEventSourceLifecycle(server.url, { idleTimeout: 1000, scheduler: clock, reconnect: { delay: 100 } }),
      );
      const exchange = (await server.exchange(0)).open();
      await stream.find(ofKind('open'));
      clock.advanceTo(900);
      exchange.send(':\n');
      await stream.find(ofKind('comment'));
      clock.advanceTo(1899);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'comment' });
      clock.advanceTo(1900);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'waiting', error: expect.any(EventSourceTimeoutError) });
      await exchange.gone();
      clock.runOut();
      await server.exchange(1);
      stream.subscription.unsubscribe();
    });

    it('idleTimeout does not end a stream just because the machine slept [pitfall 19]', async () => {
      const clock = new Clock();
      const stream = observe(fromEventSourceLifecycle(server.url, { idleTimeout: 1000, scheduler: clock }));
      const exchange = (await server.exchange(0)).open();
      await stream.find(ofKind('open'));
      // The timer for 1000 ms fires an hour late.
      const now = jest.spyOn(clock, 'now').mockImplementation(() => clock.frame + 3_600_000);
      clock.advanceTo(1000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'open' });
      exchange.send(':\n');
      await stream.find(ofKind('comment'));
      clock.advanceTo(1999);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'comment' });
      // After another second of silence, the stream times out.
      clock.advanceTo(2000);
      expect(stream.values.at(-1)).toMatchObject({ kind: 'waiting', error: expect.any(EventSourceTimeoutError) });
      now.mockRestore();
      stream.subscription.unsubscribe();
    });

    it('idleTimeout does not run while the application delays the next chunk', async () => {
      const clock = new Clock();
      let goOn: () => void = () => undefined;
      const stream = subscribe({
        idleTimeout: 1000,
        scheduler: clock,
        deliver: flush => {
          flush();
          return new Promise<void>(resolve => (goOn = resolve));
        },
      });
      const exchange = (await server.exchange(0)).open().send('data: x\n\n');
      await stream.first(1);
      clock.advanceTo(100_000);
      exchange.send('data: y\n\n');
      goOn();
      expect(await stream.first(2)).toHaveLength(2);
      stream.subscription.unsubscribe();
    });

    it('are off by default: nothing is timed', async () => {
      const clock = new Clock();
      const stream = observe(fromEventSourceLifecycle(server.url, { scheduler: clock }));
      await server.exchange(0);
      expect(clock.timers).toBe(0);
      server.exchanges[0]?.open();
      await stream.find(ofKind('open'));
      expect(clock.timers).toBe(0);
      stream.subscription.unsubscribe();
    });
  });

  it('maxEventSize ends the stream for good with a clear error, after the previous events [pitfall 33]', async () => {
    const stream = observe(fromEventSource(`${server.url}?token=secret`, { maxEventSize: 10 }));
    const exchange = await server.exchange(0);
    exchange.open().send('data: x\n\ndata: 123456789\n\n');
    const error = (await stream.failed()) as Error;
    expect(error).toBeInstanceOf(EventTooLargeError);
    expect(error.message).toContain(tooLarge('line', 10, 15));
    expect(error.message).toContain(server.url);
    expect(error.message).not.toContain('secret');
    expect(stream.values).toHaveLength(1);
    await exchange.gone();
    expect(server.exchanges).toHaveLength(1);
  });

  itChecked('a stream body with a reconnect policy is a TypeError at the call', () => {
    const options = { method: 'POST', body: new Response('x').body, reconnect: {} };
    expect(() => fromEventSource(server.url, options)).toThrow(
      new TypeError(
        'A `body` that is a stream can be sent only once: set `reconnect: false`, or return a new body from `prepare`',
      ),
    );
  });

  it('a stream body is sent only once: a second subscription errors, unless `prepare` returns a new body', async () => {
    const body = () => new Response('x').body;
    const init = { method: 'POST', duplex: 'half' } as const;
    const source = fromEventSource(server.url, { ...init, body: body() });
    const one = observe(source);
    expect(await (await server.exchange(0)).body()).toBe('x');
    server.exchanges[0]?.open().end();
    await one.completed();
    const error = await observe(source).failed();
    expect(error).toBeInstanceOf(EventSourceError);
    expect((error as Error).message).toContain(BODY_SENT);
    expect(server.exchanges).toHaveLength(1);

    const anew = subscribe({
      ...init,
      prepare: ({ url, init: rest }) => ({ url, init: { ...rest, body: body() } }),
      reconnect: { delay: 0 },
    });
    for (const index of [1, 2]) {
      const exchange = await server.exchange(index);
      expect(await exchange.body()).toBe('x');
      exchange.cut();
    }
    anew.subscription.unsubscribe();
  });

  it.each<[string, string, EventSourceOptions]>([
    ['a relative URL where there is no page', '/stream', {}],
    ['a GET with a body', 'http://127.0.0.1:1/', { body: 'x' }],
    ['credentials in the URL', 'http://me:secret@127.0.0.1:1/', {}],
    ['a header name that is none', 'http://127.0.0.1:1/', { headers: { 'a b': 'c' } }],
    ['a header value that is none', 'http://127.0.0.1:1/', { headers: { a: 'b\nc' } }],
  ])('a request that can never be sent is a final error, not a failure to connect: %s', async (_what, url, options) => {
    const error = (await observe(fromEventSource(url, options)).failed()) as EventSourceError;
    expect(error.name).toBe('EventSourceError');
    expect(error.cause).toMatchObject({ name: 'TypeError' });
    expect(error.message).not.toContain('secret');
  });

  itChecked.each<[string, unknown]>([
    ['headers', 'X-A: 1'],
    ['method', 5],
    ['signal', new AbortController().signal],
    ['prepare', {}],
    ['fetch', 'fetch'],
    ['lastEventId', 5],
    ['lastEventId', 'a\nb'],
    ['lastEventId', { get: () => '' }],
    ['lastEventIdParam', ''],
    ['lastEventIdParam', 1],
    ['validate', true],
    ['connectTimeout', '5'],
    ['connectTimeout', -1],
    ['idleTimeout', NaN],
    ['maxEventSize', 0],
    ['deliver', 5],
    ['scheduler', {}],
    ['scheduler', null],
    ['reconnect', 5],
    ['reconnect', true],
    ['reconnect', null],
    ['reconnect.count', { count: -1 }],
    ['reconnect.delay', { delay: -1 }],
    ['reconnect.delay', { delay: '3' }],
    ['reconnect.maxDelay', { maxDelay: NaN }],
    ['reconnect.factor', { factor: 0.5 }],
    ['reconnect.jitter', { jitter: 2 }],
    ['reconnect.when', { when: true }],
    ['reconnect.onEnd', { onEnd: 'yes' }],
    ['reconnect.serverDelay', { serverDelay: 5 }],
    ['reconnect.wake', { wake: 'online' }],
  ])('an invalid %s is a TypeError at the call, and the message names it: %p', (name, value) => {
    const call = () => fromEventSource('http://host', { [name.split('.')[0] ?? '']: value });
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`\`${name}\``);
  });

  itChecked('a url and options of the wrong type are TypeErrors at the call', () => {
    for (const url of [undefined, null, 5, {}]) expect(() => fromEventSource(url as never)).toThrow(TypeError);
    for (const options of [null, 'x', 5])
      expect(() => fromEventSource('http://host', options as never)).toThrow(TypeError);
  });
});
