import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defer, firstValueFrom, map, of, retry, share, Subject, switchMap, take, timer } from 'rxjs';
import { type EventSourceLifecycle, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { Clock } from '../support/clock.js';
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
    ['in the order of their failures', 50, 60],
    ['in the opposite order', 60, 50],
    ['at the same time', 50, 50],
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
});
