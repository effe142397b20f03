import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import crossFetch from 'cross-fetch';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';

let server: SseServer;
let other: SseServer;
/** A different host name, and therefore another origin for every transport. */
let elsewhere: string;
beforeEach(async () => {
  server = await SseServer.start();
  other = await SseServer.start(exchange => exchange.open().send('data: from elsewhere\n\n'));
  elsewhere = `http://localhost:${other.port}/stream`;
});
afterEach(() => Promise.all([server.close(), other.close()]));

const headers = { authorization: 'Bearer a', cookie: 'b=c', 'x-api-key': 'e' };

describe('a redirect, in Node', () => {
  it.each([
    ['the platform’s fetch', undefined],
    ['cross-fetch', crossFetch],
  ])(
    'to another origin drops Authorization and Cookie, but keeps other headers and the position, with %s',
    async (_, fetch) => {
      const stream = observe(fromEventSource(server.url, { headers, lastEventId: '7', fetch }));
      (await server.exchange(0)).refuse(302, { location: elsewhere });
      const { request } = await other.exchange(0);
      await stream.first(1);
      expect(server.exchanges[0]?.request.headers).toMatchObject(headers);
      expect(request.headers).toMatchObject({ 'x-api-key': 'e', 'last-event-id': '7' });
      expect(request.headers.authorization).toBeUndefined();
      expect(request.headers.cookie).toBeUndefined();
    },
  );

  it('within the same origin keeps all headers and the position', async () => {
    observe(fromEventSource(server.url, { headers, lastEventId: '7' }));
    (await server.exchange(0)).refuse(302, { location: '/other' });
    const { request } = await server.exchange(1);
    expect(request.url).toBe('/other');
    expect(request.headers).toMatchObject({ ...headers, 'last-event-id': '7' });
  });

  it.each([307, 308])('with status %i forwards the method and body of a POST, even to another origin', async status => {
    observe(fromEventSource(server.url, { method: 'POST', body: 'prompt', headers: { 'x-api-key': 'e' } }));
    (await server.exchange(0)).refuse(status, { location: elsewhere });
    const exchange = await other.exchange(0);
    expect(exchange.request.method).toBe('POST');
    expect(exchange.request.headers['x-api-key']).toBe('e');
    expect(await exchange.body()).toBe('prompt');
  });

  it.each([301, 302, 303])('with status %i turns a POST into a GET without a body', async status => {
    observe(fromEventSource(server.url, { method: 'POST', body: 'prompt' }));
    (await server.exchange(0)).refuse(status, { location: elsewhere });
    const exchange = await other.exchange(0);
    expect(exchange.request.method).toBe('GET');
    expect(await exchange.body()).toBe('');
  });

  it('applies to one attempt only: the next attempt requests the original URL again', async () => {
    const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 0 } }));
    (await server.exchange(0)).refuse(302, { location: elsewhere });
    expect(await stream.find(ofKind('open'))).toMatchObject({ url: elsewhere });
    (await other.exchange(0)).cut();
    expect((await server.exchange(1)).request.url).toBe('/stream');
  });

  it('is followed at most 20 times; one more is an ordinary `ConnectionError`, and the policy waits before the retry', async () => {
    const turning = await SseServer.start(exchange => exchange.refuse(302, { location: '/again' }));
    try {
      const clock = new Clock();
      const reconnect = { jitter: 0, delay: 3000 };
      const stream = observe(fromEventSourceLifecycle(turning.url, { scheduler: clock, reconnect }));
      expect(await stream.find(ofKind('waiting'))).toMatchObject({
        delay: 3000,
        error: { name: 'ConnectionError', cause: { cause: { message: 'redirect count exceeded' } } },
      });
      expect(turning.exchanges).toHaveLength(21);
      clock.advanceTo(3000);
      expect(await stream.find(item => item.kind === 'waiting' && item.attempt === 2)).toMatchObject({ delay: 6000 });
      expect(turning.exchanges).toHaveLength(42);
    } finally {
      await turning.close();
    }
  });

  it.each(['data:text/event-stream,data:%20x%0a%0a', 'file:///etc/hostname', 'javascript:0', 'blob:x'])(
    'to %s fails with a `ConnectionError`: a server can’t make the client read anything but HTTP',
    async location => {
      const stream = observe(fromEventSource(server.url, { reconnect: false }));
      (await server.exchange(0)).refuse(302, { location });
      expect(await stream.failed()).toMatchObject({ name: 'ConnectionError' });
      expect(stream.values).toEqual([]);
    },
  );
});

describe('`redirect`, in Node', () => {
  it('set to error, fails each redirect with a retryable `ConnectionError`, and requests nothing elsewhere', async () => {
    const stream = observe(fromEventSource(server.url, { redirect: 'error', reconnect: { delay: 0, count: 1 } }));
    for (const index of [0, 1]) (await server.exchange(index)).refuse(302, { location: elsewhere });
    expect(await stream.failed()).toMatchObject({ name: 'ConnectionError', retryable: true });
    expect(other.exchanges).toEqual([]);
  });

  it('set to manual, fails with a final `ResponseStatusError` with the `Location`, and requests nothing elsewhere', async () => {
    const stream = observe(fromEventSource(server.url, { redirect: 'manual' }));
    (await server.exchange(0)).refuse(302, { location: elsewhere });
    const error = await stream.failed();
    expect(error).toMatchObject({ name: 'ResponseStatusError', status: 302, retryable: false });
    expect((error as { headers: Headers }).headers.get('location')).toBe(elsewhere);
    expect(server.exchanges).toHaveLength(1);
    expect(other.exchanges).toEqual([]);
  });
});
