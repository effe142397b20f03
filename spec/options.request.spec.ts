import { noAnswer, noRequest } from '#texts';
import { describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, EMPTY, of, throwError } from 'rxjs';
import {
  type Attempt,
  ConnectionError,
  EventSourceError,
  type EventSourceOptions,
  type FetchLike,
  fromEventSource,
  fromEventSourceLifecycle,
} from '../src/index.js';
import { observe } from './support/observe.js';
import { server, subscribe, useServer } from './support/use-server.js';

describe('the options', () => {
  useServer();

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
      ['a `Headers` object', new Headers({ 'X-A': '1', 'X-B': '2' })],
      [
        'an array of pairs',
        [
          ['X-A', '1'],
          ['X-B', '2'],
        ],
      ],
      ['a plain object', { 'X-A': '1', 'X-B': '2' }],
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
      ['an object', token => ({ token: `${token}` })],
      ['an array of pairs', token => [['token', `${token}`]]],
      ['a Promise', token => Promise.resolve({ token: `${token}` })],
      ['an Observable that doesn’t complete', token => new BehaviorSubject({ token: `${token}` })],
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
});
