import { BODY_SENT } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { EventSourceError, type EventSourceOptions, fromEventSource } from '../src/index.js';
import { itChecked } from './support/checked.js';
import { observe } from './support/observe.js';
import { server, subscribe, useServer } from './support/use-server.js';

describe('the options', () => {
  useServer();

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
    ['a relative URL outside a page', '/stream', {}],
    ['a GET with a body', 'http://127.0.0.1:1/', { body: 'x' }],
    ['credentials in the URL', 'http://me:secret@127.0.0.1:1/', {}],
    ['an invalid header name', 'http://127.0.0.1:1/', { headers: { 'a b': 'c' } }],
    ['an invalid header value', 'http://127.0.0.1:1/', { headers: { a: 'b\nc' } }],
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
    ['lastEventId', 'a\rb'],
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

  itChecked('a lastEventId with NUL is a TypeError at the call', () => {
    expect(() => fromEventSource('http://host', { lastEventId: 'a\0b' })).toThrow(TypeError);
  });

  itChecked('a url and options of the wrong type are TypeErrors at the call', () => {
    for (const url of [undefined, null, 5, {}]) expect(() => fromEventSource(url as never)).toThrow(TypeError);
    for (const options of [null, 'x', 5])
      expect(() => fromEventSource('http://host', options as never)).toThrow(TypeError);
  });
});
