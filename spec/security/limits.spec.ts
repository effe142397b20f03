import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { take } from 'rxjs';
import {
  type EventSourceOptions,
  type Flush,
  fromEventSource,
  fromEventSourceLifecycle,
  memoryLastEventId,
  type ServerSentEvent,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { ends, virtualStream } from '../support/virtual-stream.js';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
/** The longest delay of `setTimeout` and `setInterval`. A longer delay ends at once. */
const MAX_TIMER = 2 ** 31 - 1;

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
});

describe('input without an end', () => {
  it.each([
    ['a line', 'x', 'x'],
    ['a comment', ':', 'x'],
    ['a type', 'event: ', 'x'],
    ['an id', 'id: ', 'x'],
    ['an event', '', 'data: x\n'],
  ])('is refused for good, and its connection closed: %s [pitfall 33]', async (_, start, more) => {
    const stream = observe(fromEventSource(server.url, { maxEventSize: 1000 }));
    const exchange = (await server.exchange(0)).open();
    exchange.send(`data: before\n\n${start}`);
    await stream.first(1);
    exchange.send(more.repeat(1001));
    expect(await stream.failed()).toMatchObject({ name: 'EventTooLargeError', retryable: false });
    await exchange.gone();
    expect(server.exchanges).toHaveLength(1);
    expect(stream.values.map(event => event.data)).toEqual(['before']);
  });

  it('of small events stops when unsubscribed in the middle of a chunk of a million [pitfall 4]', async () => {
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = () => Promise.resolve(new Response('data:\n\n'.repeat(1e6), { headers }));
    let parsed = 0;
    const deliver = (flush: Flush) => {
      parsed += flush(0);
      flush();
    };
    const source = fromEventSource('http://host/', { fetch, deliver });
    expect(await observe(source.pipe(take(400_000))).completed()).toHaveLength(400_000);
    // The parser read up to the slice that was being delivered. It didn't parse the rest of the chunk.
    expect(parsed).toBeGreaterThan(400_000);
    expect(parsed).toBeLessThan(400_000 + (64 * 1024) / 'data:\n\n'.length);
  });
});

describe('a time that the server sets', () => {
  it.each([
    ['0', '0', 100],
    ['1', '1', 100],
    ['5000 with leading zeros', '00000000000000000000005000', 5000],
    ['2^31', String(2 ** 31), HOUR],
    ['2^53', String(2 ** 53), HOUR],
    ['400 digits', '9'.repeat(400), HOUR],
    ['100 000 digits', '9'.repeat(100_000), HOUR],
  ])('is at least 100 ms and at most an hour: %s [pitfall 11]', async (_, time, milliseconds) => {
    const stream = virtualStream([ends(`retry: ${time}\ndata: x\n\n`)], { reconnect: { jitter: 0 } });
    await stream.completed();
    expect(stream.values.find(ofKind('retry-time'))).toEqual({ kind: 'retry-time', milliseconds });
    expect(stream.waits()).toEqual([milliseconds]);
  });

  it('is at most an hour even if `maxDelay` is longer, plus up to half an hour of jitter [pitfall 11]', async () => {
    const stream = virtualStream([ends(`retry: ${'9'.repeat(400)}\n\n`)], { reconnect: { maxDelay: Infinity } });
    await stream.completed();
    const [wait] = stream.waits();
    expect(wait).toBeGreaterThanOrEqual(HOUR);
    expect(wait).toBeLessThanOrEqual(1.5 * HOUR);
  });

  it('has limits that do not apply to your own wait, which only timers limit', async () => {
    const stream = virtualStream([ends('data: x\n\n')], {
      reconnect: { delay: 2 ** 40, maxDelay: Infinity, jitter: 0 },
    });
    await stream.completed();
    expect(stream.waits()).toEqual([MAX_TIMER]);
  });

  it.each(['connectTimeout', 'idleTimeout'])(
    'has limits that do not apply to %s of the application, which only timers limit',
    async name => {
      const timers = jest.spyOn(globalThis, 'setInterval');
      const stream = observe(fromEventSource(server.url, { [name]: Infinity, reconnect: false }));
      (await server.exchange(0)).open().end('data: x\n\n');
      expect(await stream.completed()).toHaveLength(1);
      const delays = timers.mock.calls.map(([, delay = 0]) => delay);
      expect(delays.length).toBeGreaterThan(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(MAX_TIMER);
    },
  );
});

describe('an id', () => {
  const huge = 'x'.repeat(MIB);
  /** The server sends the id in the first of two attempts, and accepts the second. */
  const reconnected = async (id: string, options: EventSourceOptions = {}) => {
    const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 0, count: 1 }, ...options }));
    (await server.exchange(0)).open().end(`id: ${id}\ndata: x\n\n`);
    const exchange = await server.exchange(1);
    exchange.open();
    await stream.find(item => item.kind === 'open' && stream.values.filter(ofKind('open')).length === 2);
    return { exchange, resumedFrom: stream.values.filter(ofKind('open'))[1]?.resumedFrom };
  };

  it('of 8000 bytes is sent, which every server is asked to accept (RFC 9110 § 4.1)', async () => {
    const { exchange, resumedFrom } = await reconnected('x'.repeat(8000));
    expect(exchange.lastEventId).toHaveLength(8000);
    expect(resumedFrom).toHaveLength(8000);
  });

  it.each([
    ['8001 bytes', 'x'.repeat(8001)],
    ['8001 bytes in 2667 characters', '€'.repeat(2667)],
    ['1 MiB', huge],
  ])('of %s is not sent, and the stream continues: a server that rejects it would do so forever', async (_, id) => {
    const { exchange, resumedFrom } = await reconnected(id);
    expect(exchange.lastEventId?.length).toBeUndefined();
    expect(resumedFrom).toHaveLength(0);
  });

  it.each([
    ['1 MiB', huge],
    ['2700 characters that take 8100 when encoded', '\n'.repeat(2700)],
  ])('of %s is not sent in a query parameter either', async (_, id) => {
    const stream = observe(
      fromEventSourceLifecycle(server.url, { lastEventId: memoryLastEventId(id), lastEventIdParam: 'from' }),
    );
    const exchange = await server.exchange(0);
    expect(exchange.request.url).toHaveLength('/stream'.length);
    exchange.open();
    expect((await stream.find(ofKind('open'))).resumedFrom).toHaveLength(0);
  });

  it('of 1 MiB in a store does not lock a client out after a restart', async () => {
    const lastEventId = memoryLastEventId();
    const before = observe(fromEventSource(server.url, { lastEventId }).pipe(take(1)));
    (await server.exchange(0)).open().send(`id: ${huge}\ndata: x\n\n`);
    await before.completed();
    expect(lastEventId.get()).toHaveLength(MIB);

    const restarted = observe(fromEventSource(server.url, { lastEventId }));
    (await server.exchange(1)).open().send('id: 2\ndata: y\n\n');
    expect(await restarted.first(1)).toEqual([{ type: 'message', data: 'y', lastEventId: '2' }]);
  });

  it('that a server rejects anyway is a final error, without a loop', async () => {
    const stream = observe(
      fromEventSource(server.url, { lastEventId: 'x'.repeat(8000), headers: { cookie: 'y'.repeat(10_000) } }),
    );
    // Node itself responds with 431 to headers of more than 16 KiB.
    expect(await stream.failed()).toMatchObject({ name: 'ResponseStatusError', status: 431, retryable: false });
    expect(server.exchanges).toEqual([]);
  });

  it.each(['a\r\nx-injected: 1', 'a\nx-injected: 1', 'a\rx-injected: 1', 'a\0b', 'a\x1b[2Jb'])(
    'from a store cannot add a header: %j [pitfall 23]',
    async id => {
      observe(fromEventSource(server.url, { lastEventId: memoryLastEventId(id) }));
      const { request } = await server.exchange(0);
      expect(request.rawHeaders.join()).not.toMatch(/injected|last-event-id/i);
    },
  );

  it('in a query parameter cannot add another one, or a fragment', async () => {
    const id = 'a&admin=1#b?c=d;e+f%26\r\n';
    observe(fromEventSource(`${server.url}?room=5`, { lastEventId: memoryLastEventId(id), lastEventIdParam: 'from' }));
    const { request } = await server.exchange(0);
    expect([...new URL(request.url ?? '', server.origin).searchParams]).toEqual([
      ['room', '5'],
      ['from', id],
    ]);
  });
});

describe('a header of the application', () => {
  it('with a line end adds no other one: it is rejected, and nothing is sent', async () => {
    for (const headers of [{ 'x-a': 'b\r\nx-injected: 1' }, { 'x-a\r\nx-injected': '1' }]) {
      const stream = observe(fromEventSource(server.url, { headers }));
      expect(await stream.failed()).toMatchObject({ name: 'EventSourceError', retryable: false });
    }
    expect(server.exchanges).toEqual([]);
  });
});

describe('a name that every object has as a property', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
  it.each(NAMES)('is a type, an id and a text like any other: %s', async name => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const stream = observe(fromEventSource(server.url));
    (await server.exchange(0)).open().send(`event: ${name}\nid: ${name}\n${name}: x\ndata: ${name}\n\n`);
    expect(await stream.first(1)).toEqual([{ type: name, data: name, lastEventId: name } satisfies ServerSentEvent]);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });

  it('is a header like any other', async () => {
    observe(fromEventSource(server.url, { headers: { constructor: 'mine' } as unknown as Record<string, string> }));
    expect((await server.exchange(0)).request.headers).toHaveProperty('constructor', 'mine');
  });
});

describe('a misleading response', () => {
  const failure = async (answer: (exchange: Exchange) => void) => {
    const stream = observe(fromEventSource(server.url, { reconnect: false }));
    answer(await server.exchange(0));
    return { error: await stream.failed(), data: stream.values.map(event => event.data) };
  };

  it('with headers that are too large is a failure to connect', async () => {
    const { error } = await failure(exchange => exchange.open({ 'x-huge': 'x'.repeat(MIB) }));
    expect(error).toMatchObject({ name: 'ConnectionError', cause: { cause: { code: 'UND_ERR_HEADERS_OVERFLOW' } } });
  });

  it('with a Content-Length that is too large is a lost connection', async () => {
    const { error, data } = await failure(({ request }) =>
      request.socket.end(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000\r\n\r\ndata: a\n\ndata: half',
      ),
    );
    expect(error).toMatchObject({ name: 'ConnectionError' });
    expect(data).toEqual(['a']);
  });

  it('with a Content-Length that is too small ends there, and nothing after it is read', async () => {
    const stream = observe(fromEventSource(server.url, { reconnect: false }));
    const { request } = await server.exchange(0);
    request.socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: a\n\ndata: b\n\n',
    );
    expect(await stream.completed()).toHaveLength(1);
  });

  it('with the wrong Content-Encoding is a lost connection', async () => {
    const { error, data } = await failure(exchange =>
      exchange.open({ 'content-encoding': 'gzip' }).send('data: a\n\n'),
    );
    expect(error).toMatchObject({ name: 'ConnectionError' });
    expect(data).toEqual([]);
  });
});
