import {
  type BrotliCompress,
  createBrotliCompress,
  createDeflate,
  createGzip,
  type Deflate,
  type Gzip,
} from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromEventSource } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

const ENCODINGS: [name: string, create: () => Gzip | Deflate | BrotliCompress][] = [
  ['gzip', createGzip],
  ['deflate', createDeflate],
  ['br', createBrotliCompress],
];

describe.each(ENCODINGS)('a stream in %s', (name, create) => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  /** Starts the response of an exchange. The returned function writes text, and flushes it even if its block is unfinished. */
  const open = (exchange: Exchange) => {
    exchange.open({ 'content-encoding': name });
    const encoder = create();
    encoder.pipe(exchange.response);
    return (text: string) => {
      encoder.write(text);
      encoder.flush();
    };
  };

  it('emits each event when it is sent', async () => {
    const stream = observe(fromEventSource(server.url));
    const send = open(await server.exchange(0));
    for (let count = 1; count <= 20; count++) {
      // The next event is sent after this one has arrived.
      send(`data: ${'é'.repeat(count)}\n\n`);
      await stream.first(count);
    }
    expect(stream.values.map(event => event.data)).toEqual(Array.from({ length: 20 }, (_, n) => 'é'.repeat(n + 1)));
  });

  it('is resumed after a cut', async () => {
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }));
    const exchange = await server.exchange(0);
    open(exchange)('id: 1\ndata: a\n\ndata: half');
    await stream.first(1);
    exchange.cut();
    const next = await server.exchange(1);
    expect(next.lastEventId).toBe('1');
    open(next)('data: b\n\n');
    expect(await stream.first(2)).toMatchObject([{ data: 'a' }, { data: 'b' }]);
  });

  it('is refused if it holds more than `maxEventSize`, however few bytes were sent [pitfall 33]', async () => {
    const stream = observe(fromEventSource(server.url, { maxEventSize: 100_000 }));
    const exchange = await server.exchange(0);
    open(exchange)('x'.repeat(1_000_000));
    expect(await stream.failed()).toMatchObject({ name: 'EventTooLargeError' });
    await exchange.gone();
    expect(exchange.request.socket.bytesWritten).toBeLessThan(10_000);
  });
});
