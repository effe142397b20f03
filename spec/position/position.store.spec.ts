import { noAnswer, noId, storeFailed } from '#texts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  EMPTY,
  lastValueFrom,
  map,
  NEVER,
  of,
  startWith,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { EventSourceError, fromEventSource, type LastEventIdStore, memoryLastEventId } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { observe } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

describe('a stream with a position', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  describe('with a store', () => {
    it('keeps only the id in memory, not the text of the chunk that it came with', async () => {
      const chunk = new TextEncoder().encode(`:${' '.repeat(60 * 1024)}\nid: ${'1'.repeat(50)}\ndata: a\n\n`);
      const headers = { 'Content-Type': 'text/event-stream' };
      const fetch = () => Promise.resolve(new Response(chunk, { headers }));
      const stores = Array.from({ length: 64 }, () => memoryLastEventId());
      const read = async (lastEventId: LastEventIdStore) =>
        lastValueFrom(fromEventSource('http://localhost/', { fetch, lastEventId, reconnect: false }));
      await read(memoryLastEventId());

      const before = await memoryInUse();
      for (const store of stores) expect((await read(store)).lastEventId).toHaveLength(50);
      expect((await memoryInUse()) - before).toBeLessThan(1024 * 1024);
      expect(stores.every(store => store.get() === '1'.repeat(50))).toBe(true);
    });

    it('calls `get` once per subscription, and `set` once per chunk that moves the position, after delivery', async () => {
      const log: string[] = [];
      const store: LastEventIdStore = {
        get: () => {
          log.push('get');
          return '5';
        },
        set: id => log.push(`set ${id}`),
      };
      const stream = observe(
        fromEventSource(server.url, { lastEventId: store, reconnect: { delay: 0 } }).pipe(
          map(event => log.push(`next ${event.lastEventId}`)),
        ),
      );
      const exchange = await server.exchange(0);
      expect(exchange.lastEventId).toBe('5');
      exchange.open().send('data: no id\n\nid: 6\ndata: x\n\nid: 7\ndata: x\n\n');
      await stream.first(3);
      exchange.send('data: no new id\n\n');
      await stream.first(4);
      exchange.end('id: 8\n\n');
      expect((await server.exchange(1)).lastEventId).toBe('8');
      server.exchanges[1]?.open().end('id\n\n');
      (await server.exchange(2)).refuse(204);
      await stream.completed();
      expect(log).toEqual(['get', 'next 5', 'next 6', 'next 7', 'set 7', 'next 7', 'set 8', 'set ']);
    });

    it('reads and writes with Promises and Observables, one write after the other', async () => {
      const clock = new Clock();
      const log: string[] = [];
      const store: LastEventIdStore = {
        get: () => Promise.resolve('a'),
        set: id => timer(10, clock).pipe(map(() => log.push(`set ${id}`))),
      };
      const stream = observe(
        fromEventSource(server.url, { lastEventId: store, reconnect: false }).pipe(
          tap({ next: event => log.push(`next ${event.lastEventId}`), complete: () => log.push('complete') }),
        ),
      );
      const exchange = await server.exchange(0);
      expect(exchange.lastEventId).toBe('a');
      exchange.open().send('id: b\ndata: x\n\n');
      await stream.first(1);
      exchange.end('id: c\ndata: y\n\n');
      clock.runOut();
      await stream.first(2);
      clock.runOut();
      await stream.completed();
      expect(log).toEqual(['next b', 'set b', 'next c', 'set c', 'complete']);
    });

    it('stores the last delivered id of a chunk when unsubscribed, before the next subscription reads it', async () => {
      const store = memoryLastEventId('0');
      const source = fromEventSource(server.url, { lastEventId: store });
      const one = observe(source.pipe(take(2)));
      expect((await server.exchange(0)).lastEventId).toBe('0');
      server.exchanges[0]?.open().send('id: 1\ndata: x\n\nid: 2\ndata: x\n\nid: 3\ndata: x\n\n');
      await one.completed();
      expect(store.get()).toBe('2');
      const two = observe(source);
      expect((await server.exchange(1)).lastEventId).toBe('2');
      two.subscription.unsubscribe();
    });

    it('does not read it while a write of the previous subscription is pending', async () => {
      const written = new Subject<void>();
      let kept = '';
      const store: LastEventIdStore = {
        get: () => kept,
        set: id =>
          written.pipe(
            take(1),
            map(() => (kept = id)),
          ),
      };
      const source = fromEventSource(server.url, { lastEventId: store });
      const one = observe(source.pipe(take(1)));
      (await server.exchange(0)).open().send('id: 1\ndata: x\n\n');
      await one.completed();
      const two = observe(source);
      written.next();
      expect((await server.exchange(1)).lastEventId).toBe('1');
      two.subscription.unsubscribe();
    });

    /** A store whose writes settle when the test says so. */
    const slowStore = () => {
      const log: string[] = [];
      const writes: { settle: (error?: Error) => void }[] = [];
      let kept = '';
      const store: LastEventIdStore = {
        get: () => {
          log.push(`get ${kept}`);
          return kept;
        },
        set: id => {
          log.push(`set ${id}`);
          return new Promise<void>((resolve, reject) => {
            writes.push({
              settle: error => {
                if (error) reject(error);
                else {
                  kept = id;
                  log.push(`kept ${id}`);
                  resolve();
                }
              },
            });
          });
        },
      };
      const write = async (index: number) => {
        await until(() => writes.length > index);
        return { settle: (error?: Error) => writes[index]?.settle(error) };
      };
      return { store, log, write };
    };

    it('does not read it in the next Observable while a write of the previous one is pending [pitfall 55]', async () => {
      const { store, log, write } = slowStore();
      const tokens = new Subject<string>();
      const stream = observe(
        tokens.pipe(switchMap(token => fromEventSource(`${server.url}?${token}`, { lastEventId: store }))),
      );
      tokens.next('one');
      (await server.exchange(0)).open().send('id: 1\ndata: x\n\n');
      await stream.first(1);
      const first = await write(0);
      tokens.next('two');
      first.settle();
      const second = await server.exchange(1);
      expect(second.lastEventId).toBe('1');
      expect(log).toEqual(['get ', 'set 1', 'kept 1', 'get 1']);
      stream.subscription.unsubscribe();
    });

    it('writes one after the other from several live streams, and the last one wins [pitfall 55]', async () => {
      const { store, log, write } = slowStore();
      const streams = [0, 1].map(() => observe(fromEventSource(server.url, { lastEventId: store })));
      const exchanges = [await server.exchange(0), await server.exchange(1)];
      for (const [index, exchange] of exchanges.entries()) {
        exchange.open().send(`id: ${index}\ndata: x\n\n`);
        await write(0);
      }
      await Promise.all(streams.map(stream => stream.first(1)));
      expect(log).toEqual(['get ', 'get ', 'set 0']);
      (await write(0)).settle(new Error('lost'));
      (await write(1)).settle();
      expect(log).toEqual(['get ', 'get ', 'set 0', 'set 1', 'kept 1']);
      for (const stream of streams) stream.subscription.unsubscribe();
    });

    it('waits for the first value or the completion of an Observable from `set`, then unsubscribes', async () => {
      const live = new Subject<string>();
      const sets: string[] = [];
      const answers = [live, EMPTY, of(1, 2), NEVER.pipe(startWith('done'))];
      const store: LastEventIdStore = {
        get: () => '',
        set: id => {
          sets.push(id);
          return answers[sets.length - 1];
        },
      };
      const stream = observe(fromEventSource(server.url, { lastEventId: store, reconnect: false }));
      const exchange = (await server.exchange(0)).open();
      exchange.send('id: 0\ndata: x\n\n');
      await stream.first(1);
      expect(live.observed).toBe(true);
      exchange.send('id: 1\ndata: x\n\n');
      live.next('done');
      expect(live.observed).toBe(false);
      for (const index of [1, 2, 3]) {
        await stream.first(index + 1);
        exchange.send(`id: ${index + 1}\ndata: x\n\n`);
      }
      exchange.end();
      expect(await stream.completed()).toHaveLength(5);
      expect(sets).toEqual(['0', '1', '2', '3', '4']);
    });

    it('uses the first value of an Observable from `get`, then unsubscribes, and errors if there is no value', async () => {
      const live = new Subject<string>();
      const stream = observe(fromEventSource(server.url, { lastEventId: { get: () => live, set: () => undefined } }));
      expect(live.observed).toBe(true);
      live.next('5');
      expect(live.observed).toBe(false);
      expect((await server.exchange(0)).lastEventId).toBe('5');
      stream.subscription.unsubscribe();

      const empty = observe(fromEventSource(server.url, { lastEventId: { get: () => EMPTY, set: () => undefined } }));
      expect(await empty.failed()).toMatchObject({
        cause: expect.objectContaining({ message: noAnswer('lastEventId.get') }),
      });
    });

    const failing: [string, () => unknown][] = [
      [
        'throws',
        () => {
          throw new Error('disk full');
        },
      ],
      ['rejects', () => Promise.reject(new Error('disk full'))],
      ['errors', () => throwError(() => new Error('disk full'))],
    ];
    it.each(failing)('ends the stream with a clear error if `get` %s', async (_how, fail) => {
      const store = { get: fail as () => string, set: () => undefined };
      const error = await observe(fromEventSource(server.url, { lastEventId: store })).failed();
      expect(error).toBeInstanceOf(EventSourceError);
      expect(error).toMatchObject({
        message: expect.stringContaining(storeFailed('get')),
        cause: new Error('disk full'),
      });
      expect(server.exchanges).toHaveLength(0);
    });

    it.each(failing)(
      'ends the stream with a clear error if `set` %s, and does not lose the event',
      async (_how, fail) => {
        const store = { get: () => undefined, set: fail };
        const source = fromEventSource(server.url, { lastEventId: store });
        const stream = observe(source);
        const exchange = await server.exchange(0);
        exchange.open().send('id: 1\ndata: x\n\nid: 2\ndata: y\n\n');
        const error = await stream.failed();
        expect(stream.values.map(event => event.data)).toEqual(['x', 'y']);
        expect(error).toBeInstanceOf(EventSourceError);
        expect(error).toMatchObject({
          message: expect.stringContaining(storeFailed('set')),
          cause: new Error('disk full'),
        });
        await exchange.gone();
        expect(server.exchanges).toHaveLength(1);
      },
    );

    it('errors if `get` returns something other than an id', async () => {
      const store = { get: () => 5 as unknown as string, set: () => undefined };
      const error = await observe(fromEventSource(server.url, { lastEventId: store })).failed();
      expect(error).toMatchObject({ cause: new TypeError(noId(5)) });
    });

    it('ignores a `set` that fails after the subscription has ended, when nobody can receive the error', async () => {
      const store = { get: () => '', set: () => Promise.reject(new Error('disk full')) };
      const one = observe(fromEventSource(server.url, { lastEventId: store }).pipe(take(1)));
      const exchange = await server.exchange(0);
      exchange.open().send('id: 1\ndata: x\n\n');
      expect(await one.completed()).toHaveLength(1);
      // An unhandled rejection would fail the spec.
      await exchange.gone();
    });
  });
});
