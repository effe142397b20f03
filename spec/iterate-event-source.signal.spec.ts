import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type EventSourceOptions,
  fromEventSource,
  iterateEventSource,
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
