import { noAnswer, noId, storeFailed } from '#texts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  defer,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  of,
  retry,
  share,
  startWith,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import {
  type EventSourceLifecycle,
  EventSourceError,
  fromEventSource,
  fromEventSourceLifecycle,
  type LastEventIdStore,
  memoryLastEventId,
} from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

describe('a stream with a position', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const once = { reconnect: false } as const;

  it('starts from the option, and sends no header without a position [pitfall 40]', async () => {
    observe(fromEventSource(server.url));
    const none = await server.exchange(0);
    expect(none.request.headers).not.toHaveProperty('last-event-id');
    expect(none.request.url).toBe('/stream');
    none.refuse(204);

    observe(fromEventSource(server.url, { lastEventId: '41' }));
    const some = await server.exchange(1);
    expect(some.lastEventId).toBe('41');
    some.refuse(204);
  });

  it('sends any id as UTF-8 bytes [pitfall 22]', async () => {
    const ids = ['ü', '€', '漢字', '🎉', 'a b', 'ÿ', '\u2028', '%0a', 'a\tb'];
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }));
    for (const [index, id] of ids.entries()) {
      const exchange = await server.exchange(index);
      expect(exchange.lastEventId).toBe(ids[index - 1]);
      exchange.open().end(`id: ${id}\ndata: x\n\n`);
    }
    const last = await server.exchange(ids.length);
    expect(last.lastEventId).toBe(ids.at(-1));
    last.refuse(204);
    expect(await stream.completed()).toHaveLength(ids.length);
  });

  it.each(['a\u0000b', 'a\u0001b', 'a\u007fb'])(
    'continues after the id %j, which no request can carry [pitfall 23]',
    async id => {
      const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 0 } }));
      (await server.exchange(0)).open().end(`id: ${id}\ndata: x\n\n`);
      const again = await server.exchange(1);
      expect(again.lastEventId).toBeUndefined();
      again.open().end();
      (await server.exchange(2)).refuse(204);
      const opened = (await stream.completed()).filter(ofKind('open'));
      expect(opened[1]?.resumedFrom).toBe('');
    },
  );

  it('clears its position at an empty id, moves it at an id alone, and keeps it without one or at half a block [pitfall 24]', async () => {
    const blocks = ['id: 1\ndata: x\n\n', 'id\n\n', 'id: 2\n\n', 'data: x\n\n', 'id: 3\n\n', 'id: 4\ndata: half\n'];
    const sent = [undefined, '1', undefined, '2', '2', '3', '3'];
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }));
    for (const [index, block] of blocks.entries()) {
      const exchange = await server.exchange(index);
      expect(exchange.lastEventId).toBe(sent[index]);
      exchange.open().end(block);
    }
    const last = await server.exchange(blocks.length);
    expect(last.lastEventId).toBe('3');
    last.refuse(204);
    expect((await stream.completed()).map(event => event.lastEventId)).toEqual(['1', '2']);
  });

  it('resumes with RxJS `retry`', async () => {
    const stream = observe(fromEventSource(server.url, once).pipe(retry(3)));
    (await server.exchange(0)).open().send('id: 7\ndata: a\n\n');
    await stream.first(1);
    server.exchanges[0]?.cut();
    const again = await server.exchange(1);
    expect(again.lastEventId).toBe('7');
    again.open().end('data: b\n\n');
    expect(await stream.completed()).toEqual([
      { type: 'message', data: 'a', lastEventId: '7' },
      { type: 'message', data: 'b', lastEventId: '7' },
    ]);
  });

  it('resumes if subscribed again in its own error or completion, when it is no longer live', async () => {
    const source = fromEventSource(server.url, once);
    const again = new Subject<ReturnType<typeof observe>>();
    const resubscribe = () => again.next(observe(source));
    for (const [index, end] of (['error', 'complete'] as const).entries()) {
      const resubscribed = firstValueFrom(again);
      const exchange = server.exchange(2 * index);
      const arrived = new Promise(resolve => {
        source.subscribe({ next: resolve, error: resubscribe, complete: resubscribe });
      });
      const first = (await exchange).open().send(`id: ${end}\ndata: x\n\n`);
      await arrived;
      if (end === 'error') first.cut();
      else first.end();
      const { subscription } = await resubscribed;
      expect((await server.exchange(2 * index + 1)).lastEventId).toBe(end);
      subscription.unsubscribe();
    }
  });

  it('resumes with `share` after its reference count drops to zero, and with `switchMap`', async () => {
    const source = fromEventSource(server.url);
    const shared = source.pipe(share());
    for (const [index, from] of [undefined, '0', '1'].entries()) {
      const stream = observe(shared);
      const exchange = await server.exchange(index);
      expect(exchange.lastEventId).toBe(from);
      exchange.open().send(`id: ${index}\ndata: x\n\n`);
      await stream.first(1);
      stream.subscription.unsubscribe();
      await exchange.gone();
    }

    const rooms = new Subject<boolean>();
    const stream = observe(rooms.pipe(switchMap(here => (here ? source : of(undefined)))));
    rooms.next(true);
    expect((await server.exchange(3)).lastEventId).toBe('2');
    stream.subscription.unsubscribe();
  });

  it('resumes after the event at which the subscriber threw or unsubscribed, not after the rest of its chunk', async () => {
    const source = fromEventSource(server.url);
    const failing = observe(
      source.pipe(
        map(event => {
          if (event.data === 'poison') throw new Error('cannot eat this');
          return event.data;
        }),
        retry(1),
      ),
    );
    (await server.exchange(0)).open().send('id: 1\ndata: a\n\nid: 2\ndata: poison\n\nid: 3\ndata: c\n\n');
    const again = await server.exchange(1);
    expect(again.lastEventId).toBe('2');
    again.open().send('id: 3\ndata: c\n\nid: 4\ndata: d\n\n');
    expect(await failing.first(3)).toEqual(['a', 'c', 'd']);
    failing.subscription.unsubscribe();

    const one = observe(source.pipe(take(1)));
    (await server.exchange(2)).open().send('id: 5\ndata: e\n\nid: 6\ndata: f\n\n');
    await one.completed();
    const next = observe(source);
    expect((await server.exchange(3)).lastEventId).toBe('5');
    next.subscription.unsubscribe();
  });

  it('runs a subscription next to a live one separately, with its own position [pitfall 25]', async () => {
    const source = fromEventSource(server.url, { lastEventId: 'start', reconnect: { delay: 0 } });
    const one = observe(source);
    const first = await server.exchange(0);
    first.open().send('id: one\ndata: x\n\n');
    await one.first(1);

    const other = observe(source);
    const second = await server.exchange(1);
    expect(second.lastEventId).toBe('start');
    second.open().send('id: other\ndata: x\n\n');
    await other.first(1);

    first.cut();
    const resumed = await server.exchange(2);
    expect(resumed.lastEventId).toBe('one');
    resumed.open();
    second.cut();
    expect((await server.exchange(3)).lastEventId).toBe('other');

    // Each leaves its position, and a new subscription takes the one that was left last.
    one.subscription.unsubscribe();
    const third = observe(source);
    expect((await server.exchange(4)).lastEventId).toBe('one');
    const fourth = observe(source);
    expect((await server.exchange(5)).lastEventId).toBe('start');
    other.subscription.unsubscribe();
    third.subscription.unsubscribe();
    fourth.subscription.unsubscribe();
    for (const [index, id] of ['start', 'one', 'other', 'start'].entries()) {
      observe(source);
      expect((await server.exchange(6 + index)).lastEventId).toBe(id);
    }
  });

  it.each([
    ['in the order in which they left', 50, 60],
    ['in the other order', 60, 50],
    ['at once', 50, 50],
  ])('resumes each of two subscribers that retry after a wait, %s [pitfall 25]', async (_order, waitOne, waitOther) => {
    const clock = new Clock();
    const source = fromEventSource(server.url, { lastEventId: 'start', reconnect: false });
    const retrying = (wait: number) => observe(source.pipe(retry({ delay: () => timer(wait, clock) })));
    const streams = [retrying(waitOne)];
    const first = await server.exchange(0);
    streams.push(retrying(waitOther));
    const exchanges = [first, await server.exchange(1)];
    for (const [index, exchange] of exchanges.entries()) {
      exchange.open().send(`id: of ${index}\ndata: ${index}\n\n`);
      await streams[index]?.first(1);
    }
    // One failure hits both, and another component subscribes while they wait.
    for (const [index, exchange] of exchanges.entries()) {
      exchange.cut();
      await until(() => clock.timers === index + 1);
    }
    observe(source);
    expect((await server.exchange(2)).lastEventId).toBe('of 1');
    clock.runOut();
    for (const index of [3, 4]) {
      const { lastEventId, response } = await server.exchange(index);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: goes on from ${lastEventId}\n\n`);
    }
    for (const [index, stream] of streams.entries()) {
      expect((await stream.first(2)).map(event => event.data)).toEqual([`${index}`, `goes on from of ${index}`]);
    }
  });

  it('starts from the beginning with every subscription to a `defer`', async () => {
    const source = defer(() => fromEventSource(server.url, once));
    const one = observe(source);
    (await server.exchange(0)).open().end('id: 1\ndata: x\n\n');
    await one.completed();
    observe(source);
    const again = await server.exchange(1);
    expect(again.lastEventId).toBeUndefined();
    again.refuse(204);
  });

  it('reports the id that it resumed from, and its downtime [pitfall 20]', async () => {
    const clock = new Clock();
    const stream = observe(
      fromEventSourceLifecycle(server.url, { reconnect: { delay: 60_000, jitter: 0 }, scheduler: clock }),
    );
    (await server.exchange(0)).open().send('id: 9\ndata: x\n\n');
    await stream.find(ofKind('event'));
    server.exchanges[0]?.cut();
    await stream.find(ofKind('waiting'));
    clock.runOut();
    (await server.exchange(1)).refuse(503);
    await stream.find(item => item.kind === 'waiting' && item.attempt === 2);
    clock.runOut();
    (await server.exchange(2)).open();
    const opened = await stream.find(
      (item): item is Extract<EventSourceLifecycle, { kind: 'open' }> =>
        item.kind === 'open' && item.resumedFrom !== '',
    );
    expect(opened).toMatchObject({ resumedFrom: '9', downtime: 120_000 });
    stream.subscription.unsubscribe();
  });

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
