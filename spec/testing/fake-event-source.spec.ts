import { describe, expect, it } from '@jest/globals';
import { defer, NEVER, of, Subject, takeUntil } from 'rxjs';
import { type EventSourceOptions, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe, ofKind } from '../support/observe.js';

const ONCE: EventSourceOptions = { reconnect: false };

describe('fakeEventSource', () => {
  it('refuses a script that isn’t a function', () => {
    expect(() => fakeEventSource(of('a') as never)).toThrow(TypeError);
  });

  it('lists its connections in order, with the fields of their requests', () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    observe(
      fromEventSource('/b', { ...ONCE, fetch: server.fetch, method: 'POST', body: '{}', headers: { 'X-A': '1' } }),
    );
    const [a, b] = server.connections;
    expect(a).toMatchObject({
      index: 0,
      method: 'GET',
      url: '/a',
      lastEventId: '',
      body: undefined,
      state: 'requested',
    });
    expect(a?.headers).toEqual({ accept: 'text/event-stream' });
    expect(b).toMatchObject({ index: 1, method: 'POST', url: '/b', body: '{}' });
    expect(b?.headers).toMatchObject({ 'x-a': '1' });
  });

  it.each([
    ['an object', { 'X-Room': 'a' }],
    ['pairs', [['X-Room', 'a']] as [string, string][]],
    ['Headers', new Headers({ 'X-Room': 'a' })],
  ])('accepts request headers as %s, because a fetch may be wrapped', (_, headers) => {
    const server = fakeEventSource();
    void server.fetch('/a', { headers });
    expect(server.expectConnection().headers).toEqual({ 'x-room': 'a' });
  });

  it.each(['7', 'é', '日本 🚀', '\ufeffx'])('decodes the last event ID %j, which was sent as bytes', lastEventId => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch, lastEventId }));
    expect(server.expectConnection({ lastEventId }).lastEventId).toBe(lastEventId);
  });

  it('doesn’t see a request whose signal is already aborted', async () => {
    const server = fakeEventSource(() => {
      throw new Error('Expected no connection');
    });
    const answer = server.fetch('/a', { signal: AbortSignal.abort('left') });
    await expect(answer).rejects.toBe('left');
    expect(server.connections).toEqual([]);
    server.verify();
  });
});

describe('expectConnection', () => {
  const ask = (url: string, options: EventSourceOptions = {}) => {
    const server = fakeEventSource();
    observe(fromEventSource(url, { ...ONCE, ...options, fetch: server.fetch }));
    return server;
  };

  it.each([
    ['no criterion', {}],
    ['its URL', '/rooms/1?since=4'],
    ['a pattern for its URL', /^\/rooms\/\d/],
    ['a pattern with the flag `g`', /rooms/g],
    ['a pattern with the flag `y`', /\/rooms/y],
    ['its method, in any case', { method: 'post' }],
    ['its headers, in any case', { headers: { Authorization: 'Bearer x', ACCEPT: /event-stream/ } }],
    ['the absence of a header', { headers: { 'X-Other': null } }],
    ['its last event ID', { lastEventId: '7' }],
    ['its body', { body: 'hello' }],
  ])('finds a connection by %s, every time', (_, expected) => {
    for (let time = 0; time < 3; time++) {
      const server = ask('/rooms/1?since=4', {
        method: 'POST',
        body: 'hello',
        headers: { authorization: 'Bearer x' },
        lastEventId: '7',
      });
      expect(server.expectConnection(expected)).toBe(server.connections[0]);
    }
  });

  it.each([
    ['another URL', '/rooms/1', 'url: "/rooms/1"'],
    ['a pattern that doesn’t match', /^rooms/, 'url: "/^rooms/"'],
    ['a pattern with the flag `y` that doesn’t match at the start', /rooms/y, 'url: "/rooms/y"'],
    ['another method', { method: 'GET' }, 'method: "GET"'],
    ['a header with another value', { headers: { authorization: 'x' } }, 'headers: {"authorization":"x"}'],
    ['a header that the request doesn’t have', { headers: { 'x-room': /./ } }, 'headers: {"x-room":"/./"}'],
    [
      'the absence of a header that the request has',
      { headers: { Authorization: null } },
      'headers: {"Authorization":null}',
    ],
    ['another last event ID', { lastEventId: '' }, 'lastEventId: ""'],
    ['another body', { body: 'hell' }, 'body: "hell"'],
    ['no body', { body: undefined }, 'body: undefined'],
  ])('throws for %s, and lists the connections', (_, expected, shown) => {
    const server = ask('/rooms/1?since=4', {
      method: 'POST',
      body: 'hello',
      headers: { authorization: 'Bearer x' },
      lastEventId: '7',
    });
    expect(() => server.expectConnection(expected)).toThrow(
      `Expected a connection (${shown}), but there are others:\n  POST /rooms/1?since=4, after "7" (requested, 0 sent), opened\n`,
    );
  });

  it('returns the oldest match, and each connection once', () => {
    const server = fakeEventSource();
    expect(() => server.expectConnection()).toThrow('Expected a connection (any), but there is none');
    for (const url of ['/a', '/b', '/a']) observe(fromEventSource(url, { ...ONCE, fetch: server.fetch }));
    const [first, second, third] = server.connections;
    expect(server.expectConnection('/a')).toBe(first);
    expect(server.expectConnection('/a')).toBe(third);
    expect(server.expectConnection()).toBe(second);
    expect(() => server.expectConnection()).toThrow("but there is none that wasn't expected before");
  });

  it('also finds a connection of a server with a script', () => {
    const server = fakeEventSource(() => NEVER);
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(server.expectConnection('/a').state).toBe('open');
  });
});

describe('nextConnection', () => {
  it('waits for a connection whose options are asynchronous', async () => {
    const server = fakeEventSource();
    const token = Promise.resolve('x');
    const events = observe(
      fromEventSource('/a', {
        ...ONCE,
        fetch: server.fetch,
        headers: async () => ({ authorization: await token }),
      }),
    );
    expect(() => server.expectConnection()).toThrow('but there is none');
    const connection = await server.nextConnection({ headers: { authorization: 'x' } });
    connection.open().send('hi');
    expect(events.values).toMatchObject([{ data: 'hi' }]);
  });

  it('returns an existing connection that was not expected yet', async () => {
    const server = fakeEventSource();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    observe(fromEventSource('/b', { ...ONCE, fetch: server.fetch }));
    expect((await server.nextConnection()).url).toBe('/a');
    expect((await server.nextConnection()).url).toBe('/b');
  });

  it('resolves in order of the calls, each with a connection that matches', async () => {
    const server = fakeEventSource();
    const waiting = [server.nextConnection('/b'), server.nextConnection(), server.nextConnection()];
    for (const url of ['/a', '/b', '/c']) observe(fromEventSource(url, { ...ONCE, fetch: server.fetch }));
    expect((await Promise.all(waiting)).map(({ url }) => url)).toEqual(['/b', '/a', '/c']);
  });

  it('is rejected by verify() if the connection never arrives', async () => {
    const server = fakeEventSource();
    const next = server.nextConnection({ url: '/a', lastEventId: '7' });
    const message = 'Expected a connection (url: "/a", lastEventId: "7"), but it never came';
    expect(() => server.verify()).toThrow(message);
    await expect(next).rejects.toThrow(message);
  });
});

describe('expectNoConnection', () => {
  it('throws if a connection was not expected, and names it', () => {
    const server = fakeEventSource();
    server.expectNoConnection();
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(() => server.expectNoConnection()).toThrow(
      'Expected no connection, but there is:\n  GET /a (requested, 0 sent), opened\n',
    );
    server.expectConnection();
    server.expectNoConnection();
  });
});

describe('a script', () => {
  it('responds by itself, within the subscribe call', () => {
    const server = fakeEventSource(({ index }) => of({ id: index, data: { index } }, 'b'));
    const events = observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(events).toMatchObject({
      status: 'completed',
      values: [{ data: '{"index":0}', lastEventId: '0' }, { data: 'b' }],
    });
    server.verify();
  });

  it('can call methods of the connection, and return nothing', () => {
    const server = fakeEventSource(connection => connection.refuse(204));
    const steps = observe(fromEventSourceLifecycle('/a', { fetch: server.fetch }));
    expect(steps.values.find(ofKind('closed'))).toEqual({ kind: 'closed', reason: 'no-content' });
    server.verify();
  });

  it('can subscribe to another stream', () => {
    const inner: string[] = [];
    const server = fakeEventSource(connection => {
      if (connection.url === '/inner') return of('inner');
      fromEventSource('/inner', { ...ONCE, fetch: server.fetch }).subscribe(({ data }) => inner.push(data));
      return of('outer');
    });
    const outer = observe(fromEventSource('/outer', { ...ONCE, fetch: server.fetch }));
    expect(inner).toEqual(['inner']);
    expect(outer.values).toMatchObject([{ data: 'outer' }]);
    server.verify();
  });

  it('can cause the subscriber to unsubscribe, and then plays nothing', () => {
    const stop = new Subject<void>();
    let played = 0;
    const server = fakeEventSource(() => {
      stop.next();
      return defer(() => of(`${++played}`));
    });
    const events = observe(fromEventSource('/a', { fetch: server.fetch }).pipe(takeUntil(stop)));
    expect(events).toMatchObject({ status: 'completed', values: [] });
    expect(server.connections[0]?.state).toBe('closed');
    expect(played).toBe(0);
    server.verify();
  });

  it('that responds twice is reported by verify()', () => {
    const server = fakeEventSource(connection => {
      connection.refuse(500);
      return of('a');
    });
    observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(() => server.verify()).toThrow('open for play(), but the server has ended it');
  });

  it('that throws fails the connection, and is reported by verify()', () => {
    const server = fakeEventSource(({ lastEventId }) => {
      expect(lastEventId).toBe('7');
    });
    const events = observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(events.error).toMatchObject({ cause: { message: expect.stringContaining('Expected: "7"') } });
    expect(() => server.verify()).toThrow(
      /^Expected the script to serve GET \/a, but it threw .*toBe[^]*Expected: .*"7"/,
    );
  });

  it('that throws after it has opened breaks the connection', () => {
    const server = fakeEventSource(connection => {
      connection.open().send('a');
      throw new Error('mistaken');
    });
    const events = observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch }));
    expect(events).toMatchObject({ status: 'failed', values: [{ data: 'a' }] });
    expect(() => server.verify()).toThrow('but it threw Error: mistaken');
  });

  it('that throws after it has ended leaves the connection ended', () => {
    const server = fakeEventSource(connection => {
      connection.open().end();
      throw new Error('mistaken');
    });
    expect(observe(fromEventSource('/a', { ...ONCE, fetch: server.fetch })).status).toBe('completed');
    expect(() => server.verify()).toThrow('but it threw Error: mistaken');
  });
});
