import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  type EventSourceOptions,
  EventTooLargeError,
  fromEventSource,
  iterateEventSource,
  memoryLastEventId,
  ResponseStatusError,
  type ServerSentEvent,
} from '../src/index.js';
import { itChecked } from './support/checked.js';
import { Clock } from './support/clock.js';
import { SseServer } from './support/sse-server.js';
import { until } from './support/until.js';

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

  describe('signal', () => {
    const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
    const DONE = { done: true, value: undefined };

    it('closes the connection and rejects the pending call with its reason; the other calls are done', async () => {
      const controller = new AbortController();
      const iterator = iterateEventSource(server.url, { signal: controller.signal });
      const first = iterator.next();
      const exchange = (await server.exchange(0)).open().send('data: a\n\n');
      expect(await first).toMatchObject({ value: { data: 'a' } });
      const results = Promise.allSettled([iterator.next(), iterator.next()]);
      const reason = new Error('enough');
      controller.abort(reason);
      const [second, third] = await results;
      expect(second).toEqual({ status: 'rejected', reason });
      expect(third).toEqual({ status: 'fulfilled', value: DONE });
      expect(await iterator.next()).toEqual(DONE);
      await exchange.gone();
      expect(listeners(controller.signal)).toBe(0);
    });

    it('rejects the next call, once, if none is pending, and drops events that were not requested', async () => {
      const controller = new AbortController();
      const iterator = iterateEventSource(server.url, { signal: controller.signal });
      const first = iterator.next();
      const exchange = (await server.exchange(0)).open().send('data: a\n\ndata: b\n\n');
      await first;
      controller.abort();
      await exchange.gone();
      await expect(iterator.next()).rejects.toBe(controller.signal.reason);
      expect(controller.signal.reason).toMatchObject({ name: 'AbortError' });
      expect(await iterator.next()).toEqual(DONE);
    });

    it('throws out of the loop while it connects, waits for a reconnect, or is busy', async () => {
      const reason = new Error('enough');
      const scheduler = new Clock();
      const consume = async (signal: AbortSignal, onEvent: (event: ServerSentEvent) => void = () => undefined) => {
        for await (const event of iterateEventSource(server.url, { signal, scheduler })) onEvent(event);
      };
      const connecting = new AbortController();
      const first = consume(connecting.signal);
      const unanswered = await server.exchange(0);
      connecting.abort(reason);
      await expect(first).rejects.toBe(reason);
      await unanswered.gone();

      const waiting = new AbortController();
      const second = consume(waiting.signal);
      (await server.exchange(1)).refuse(503);
      await until(() => scheduler.timers === 1);
      waiting.abort(reason);
      await expect(second).rejects.toBe(reason);
      expect(scheduler.timers).toBe(0);

      const busy = new AbortController();
      const third = consume(busy.signal, () => busy.abort(reason));
      const open = (await server.exchange(2)).open().send('data: a\n\ndata: b\n\n');
      await expect(third).rejects.toBe(reason);
      await open.gone();
      expect([connecting, waiting, busy].map(({ signal }) => listeners(signal))).toEqual([0, 0, 0]);
    });

    it('prevents all requests if it aborts before the first call', async () => {
      const reason = new Error('too early');
      const before = iterateEventSource(server.url, { signal: AbortSignal.abort(reason) });
      const controller = new AbortController();
      const between = iterateEventSource(server.url, { signal: controller.signal });
      controller.abort(reason);
      for (const iterator of [before, between]) {
        const results = await Promise.allSettled([iterator.next(), iterator.next()]);
        expect(results).toEqual([
          { status: 'rejected', reason },
          { status: 'fulfilled', value: DONE },
        ]);
      }
      expect(listeners(controller.signal)).toBe(0);
      expect(server.exchanges).toHaveLength(0);
    });

    it('closes the connection even if it aborts within the call of `fetch`', async () => {
      const controller = new AbortController();
      const reason = new Error('at once');
      const requested: unknown[] = [];
      const iterator = iterateEventSource(server.url, {
        signal: controller.signal,
        fetch: (_, { signal }) => {
          requested.push(signal);
          controller.abort(reason);
          return new Promise(() => undefined);
        },
      });
      await expect(iterator.next()).rejects.toBe(reason);
      expect(requested).toMatchObject([{ aborted: true }]);
    });

    it('has a listener from the first call to the end, however the iteration ends', async () => {
      const { signal } = new AbortController();
      const open = () => {
        const iterator = iterateEventSource(server.url, { signal, reconnect: false });
        expect(listeners(signal)).toBe(0);
        const first = iterator.next();
        expect(listeners(signal)).toBe(1);
        return { iterator, first };
      };
      const answered = async (index: number) => (await server.exchange(index)).open().send('data: a\n\n');

      const returned = open();
      await answered(0);
      await returned.first;
      await returned.iterator.return?.();
      expect(listeners(signal)).toBe(0);

      const thrown = open();
      await answered(1);
      await thrown.first;
      await expect(thrown.iterator.throw?.(new Error('enough'))).rejects.toThrow('enough');
      expect(listeners(signal)).toBe(0);

      const completed = open();
      (await answered(2)).end();
      await completed.first;
      expect(await completed.iterator.next()).toEqual(DONE);
      expect(listeners(signal)).toBe(0);

      const failed = open();
      (await server.exchange(3)).refuse(404);
      await expect(failed.first).rejects.toBeInstanceOf(ResponseStatusError);
      expect(listeners(signal)).toBe(0);

      const consuming = (async () => {
        for await (const { data } of iterateEventSource(server.url, { signal })) {
          expect(data).toBe('a');
          break;
        }
      })();
      await answered(4);
      await consuming;
      expect(listeners(signal)).toBe(0);

      await iterateEventSource(server.url, { signal }).return?.();
      expect(listeners(signal)).toBe(0);
    });

    it('changes nothing if it aborts after the end', async () => {
      const controller = new AbortController();
      const iterator = iterateEventSource(server.url, { signal: controller.signal });
      void iterator.next();
      (await server.exchange(0)).open();
      await iterator.return?.();
      controller.abort();
      expect(await iterator.next()).toEqual(DONE);
    });

    it('is ignored after `return` if no call has rejected with its reason', async () => {
      const controller = new AbortController();
      const iterator = iterateEventSource(server.url, { signal: controller.signal });
      const first = iterator.next();
      (await server.exchange(0)).open().send('data: a\n\n');
      await first;
      controller.abort();
      await iterator.return?.();
      expect(await iterator.next()).toEqual(DONE);
    });

    it.each<null | undefined>([undefined, null])('may be %p', async signal => {
      const iterator = iterateEventSource(server.url, { signal });
      const first = iterator.next();
      (await server.exchange(0)).open().send('data: a\n\n');
      expect(await first).toMatchObject({ value: { data: 'a' } });
      await iterator.return?.();
    });

    itChecked.each([true, 'signal', {}, new AbortController()])(
      'of a wrong type throws a TypeError at the call: %p',
      signal => {
        expect(() => iterateEventSource(server.url, { signal: signal as unknown as AbortSignal })).toThrow(
          /^Expected an AbortSignal for the option `signal`, but got /,
        );
      },
    );

    itChecked('is still refused by `fromEventSource`', () => {
      const options = { signal: AbortSignal.abort() } as EventSourceOptions;
      expect(() => fromEventSource(server.url, options)).toThrow(TypeError);
    });
  });
});
