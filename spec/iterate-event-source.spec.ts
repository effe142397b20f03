import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  EventTooLargeError,
  iterateEventSource,
  memoryLastEventId,
  ResponseStatusError,
} from '../src/index.js';
import { SseServer } from './support/sse-server.js';

describe('iterateEventSource', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('iterates over the events, reconnects, and ends with the stream', async () => {
    const seen: string[] = [];
    const consuming = (async () => {
      for await (const event of iterateEventSource(server.url, { reconnect: { delay: 0 } })) seen.push(event.data);
    })();
    (await server.exchange(0)).open().end('id: 1\ndata: a\n\ndata: b\n\n');
    const again = await server.exchange(1);
    expect(again.lastEventId).toBe('1');
    again.open().end('data: c\n\n');
    (await server.exchange(2)).refuse(204);
    await consuming;
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('connects only on the first `next()`', async () => {
    const iterator = iterateEventSource(server.url);
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(await iterator.return?.('early')).toEqual({ done: true, value: 'early' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(server.exchanges).toHaveLength(0);
  });

  it('reads no further while the consumer is busy [pitfall 37]', async () => {
    // 64 MiB in all, more than any buffer on the way. The server counts how much it has written.
    const chunk = `data: ${'x'.repeat(64 * 1024)}\n\n`;
    const total = 1024;
    const iterator = iterateEventSource(server.url, { reconnect: false });
    const first = iterator.next();
    const { response } = (await server.exchange(0)).open();
    let written = 0;
    const stalled = new Promise<void>(resolve => {
      const write = () => {
        while (written < total) {
          written++;
          if (response.write(chunk)) continue;
          // The buffers are full. If more data drains, it does so within a few rounds of the event loop.
          let rounds = 0;
          const drained = () => {
            rounds = -1;
            write();
          };
          response.once('drain', drained);
          const wait = () => {
            if (rounds < 0) return;
            if (++rounds < 200) setImmediate(wait);
            else resolve();
          };
          setImmediate(wait);
          return;
        }
        response.end();
        resolve();
      };
      write();
    });
    await first;
    await stalled;
    expect(written).toBeLessThan(total / 2);

    let received = 1;
    for await (const event of iterator) received += event.data.length === 64 * 1024 ? 1 : 0;
    expect(received).toBe(total);
  });

  it('closes the connection on `break`, `return` and `throw`, even while a read is pending [pitfall 6]', async () => {
    const open = async (index: number) => (await server.exchange(index)).open().send('data: a\n\ndata: b\n\n');

    void open(0);
    for await (const event of iterateEventSource(server.url)) {
      expect(event.data).toBe('a');
      break;
    }
    await (await server.exchange(0)).gone();

    const returned = iterateEventSource(server.url);
    void open(1);
    await returned.next();
    await returned.next();
    const pending = returned.next();
    expect(await returned.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    await (await server.exchange(1)).gone();

    const thrown = iterateEventSource(server.url);
    void open(2);
    await thrown.next();
    await expect(thrown.throw?.(new Error('enough'))).rejects.toThrow('enough');
    expect(await thrown.next()).toEqual({ done: true, value: undefined });
    await (await server.exchange(2)).gone();
  });

  it('resolves calls that run ahead in order, and ends them all', async () => {
    const iterator = iterateEventSource(server.url, { reconnect: false });
    const results = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
    (await server.exchange(0)).open().end('data: a\n\ndata: b\n\n');
    const events = await Promise.all(results);
    expect(events.map(({ done, value }) => (done ? 'done' : value.data))).toEqual(['a', 'b', 'done', 'done']);
  });

  it('rejects with the error once, for the first call, and is done afterwards', async () => {
    const waiting = iterateEventSource(server.url);
    const results = Promise.allSettled([waiting.next(), waiting.next()]);
    (await server.exchange(0)).refuse(404);
    expect(await results).toMatchObject([
      { status: 'rejected', reason: expect.any(ResponseStatusError) },
      { status: 'fulfilled', value: { done: true } },
    ]);
    expect(await waiting.next()).toEqual({ done: true, value: undefined });

    const late = iterateEventSource(server.url, { maxEventSize: 20 });
    const first = late.next();
    const exchange = await server.exchange(1);
    exchange.open().send(`data: a\n\ndata: b\n\ndata: ${'x'.repeat(50)}\n\n`);
    expect((await first).value).toMatchObject({ data: 'a' });
    expect((await late.next()).value).toMatchObject({ data: 'b' });
    await expect(late.next()).rejects.toThrow(EventTooLargeError);
    await exchange.gone();
    expect(await late.next()).toEqual({ done: true, value: undefined });
  });

  it('rejects the pending call when the connection breaks', async () => {
    const iterator = iterateEventSource(server.url, { reconnect: false });
    const first = iterator.next();
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    await first;
    const second = iterator.next();
    exchange.cut();
    await expect(second).rejects.toThrow(ConnectionError);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('stores the last event ID of consumed events: delivery is at least once, without holes', async () => {
    const store = memoryLastEventId();
    const iterator = iterateEventSource(server.url, { lastEventId: store });
    const first = iterator.next();
    const exchange = (await server.exchange(0)).open().send('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    await first;
    expect(store.get()).toBe('');
    await iterator.next();
    // The consumer is still busy with the second event.
    expect(store.get()).toBe('');
    const third = iterator.next();
    exchange.send('id: 3\ndata: c\n\nid: 4\ndata: d\n\n');
    await third;
    expect(store.get()).toBe('2');
    await iterator.return?.();
    expect(store.get()).toBe('3');
  });
});
