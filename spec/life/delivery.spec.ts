import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import fc from 'fast-check';
import { take, tap } from 'rxjs';
import {
  type EventSourceOptions,
  type Flush,
  fromEventSource,
  fromEventSourceLifecycle,
  memoryLastEventId,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe, ofKind } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

describe('the option deliver', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const subscribe = (deliver: EventSourceOptions['deliver'], options: EventSourceOptions = {}) =>
    observe(fromEventSource(server.url, { deliver, ...options }));

  it('is called once for each chunk with something to deliver, but not for heartbeats [pitfall 35]', async () => {
    const calls: number[] = [];
    const stream = subscribe(flush => {
      calls.push(stream.values.length);
      flush();
    });
    const exchange = (await server.exchange(0)).open().send('data: 1\n\n: beat\n\ndata: 2\n\n');
    await stream.first(2);
    exchange.send(': beat\n\n').send('retry: 1000\n\n').send('id: 9\n\n').send('data: 3\n\n');
    await stream.first(3);
    expect(calls).toEqual([0, 2]);
    exchange.cut();
    expect((await server.exchange(1)).lastEventId).toBe('9');
    stream.subscription.unsubscribe();
  });

  it('is called for the steps of the lifecycle if you subscribe to the lifecycle', async () => {
    const log: string[] = [];
    const source = fromEventSourceLifecycle(server.url, {
      reconnect: false,
      deliver: flush => {
        log.push('[');
        flush();
        log.push(']');
      },
    });
    const stream = observe(source.pipe(tap(item => log.push(item.kind))));
    (await server.exchange(0)).open().end(': beat\n\ndata: 1\n\n');
    await stream.completed();
    expect(log.join(' ')).toBe('[ connecting ] [ open ] [ comment event ] [ closed ]');
  });

  it('receives whether a chunk is a heartbeat: comments, and at most a new last event ID besides', async () => {
    const log: string[] = [];
    const source = fromEventSourceLifecycle(server.url, {
      reconnect: false,
      deliver: (flush, heartbeat) => {
        log.push(heartbeat ? 'beat:' : 'more:');
        flush();
      },
    });
    const stream = observe(source.pipe(tap(item => log.push(item.kind))));
    const exchange = (await server.exchange(0)).open();
    const chunks = [': beat\n\n', 'id: 1\n: beat\n\n', ': beat\n\ndata: 1\n\n', 'retry: 10\n: beat\n\n'];
    for (const [index, chunk] of chunks.entries()) {
      exchange.send(chunk);
      await until(() => log.filter(line => line.endsWith(':')).length === 3 + index);
    }
    exchange.end();
    await stream.completed();
    expect(log.join(' ')).toBe(
      'more: connecting more: open beat: comment beat: comment more: comment event more: retry-time comment more: closed',
    );
  });

  it('receives no heartbeat while events of earlier chunks are left', async () => {
    const told: boolean[] = [];
    const left: number[] = [];
    const source = fromEventSourceLifecycle(server.url, {
      reconnect: false,
      deliver: (flush, heartbeat) => {
        told.push(heartbeat);
        left.push(flush(1));
      },
    });
    const stream = observe(source);
    const exchange = (await server.exchange(0)).open();
    await until(() => told.length === 2);
    exchange.send('data: 1\n\ndata: 2\n\n');
    await until(() => told.length === 3);
    exchange.send(': beat\n\n');
    await until(() => told.length === 4);
    exchange.send(': beat\n\n');
    await until(() => told.length === 5);
    expect(left).toEqual([0, 0, 1, 1, 1]);
    // The fourth call delivers the second event, the fifth a comment.
    expect(told).toEqual([false, false, false, false, true]);
    exchange.end();
    await stream.completed();
  });

  it('receives the correct heartbeat flag for any chunks', () => {
    const item = fc.constantFrom('data: x\n\n', ': beat\n\n', 'id: 7\n\n', 'retry: 5\n\n', 'nothing\n\n', 'event: x\n');
    fc.assert(
      fc.property(fc.array(fc.array(item, { maxLength: 4 }), { maxLength: 6 }), chunks => {
        const fake = fakeEventSource();
        const calls: { heartbeat: boolean; kinds: string[] }[] = [];
        const source = fromEventSourceLifecycle('/stream', {
          fetch: fake.fetch,
          deliver: (flush, heartbeat) => {
            calls.push({ heartbeat, kinds: [] });
            flush();
          },
        });
        const subscription = source.subscribe(({ kind }) => calls.at(-1)?.kinds.push(kind));
        const connection = fake.expectConnection().open();
        for (const chunk of chunks) if (chunk.length > 0) connection.raw(chunk.join(''));
        subscription.unsubscribe();
        for (const { heartbeat, kinds } of calls) {
          expect(kinds).not.toEqual([]);
          expect(heartbeat).toBe(kinds.every(kind => kind === 'comment'));
        }
      }),
      { seed: firstSeed, numRuns: 300 },
    );
  });

  it('holds back the next chunk while its Promise is pending', async () => {
    const log: string[] = [];
    let goOn: () => void = () => undefined;
    const held = new Promise<void>(resolve => (goOn = resolve));
    const source = fromEventSource(server.url, {
      reconnect: false,
      deliver: flush => {
        flush();
        return log.length === 1 ? held.then(() => log.push('done')) : undefined;
      },
    });
    const stream = observe(source.pipe(tap({ next: event => log.push(event.data), complete: () => log.push('end') })));
    const exchange = (await server.exchange(0)).open().send('data: 1\n\n');
    await stream.first(1);
    exchange.end('data: 2\n\n');
    await once(exchange.response, 'close');
    goOn();
    await stream.completed();
    expect(log).toEqual(['1', 'done', '2', 'end']);
  });

  it('may deliver a few events at a time, and stores the last event ID when its Promise resolves', async () => {
    const store = memoryLastEventId();
    let flush: Flush = () => 0;
    let consumed: () => void = () => undefined;
    const stream = subscribe(
      handOut => {
        flush = handOut;
        return new Promise<void>(resolve => (consumed = resolve));
      },
      { lastEventId: store, reconnect: false },
    );
    const opened = observe(fromEventSourceLifecycle(server.url));
    (await server.exchange(0)).open().end('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\nid: 4\n\n');
    (await server.exchange(1)).open();
    await opened.find(ofKind('open'));
    opened.subscription.unsubscribe();

    await until(() => flush(0) > 0);
    expect(flush(1)).toBe(3);
    expect(flush(2)).toBe(0);
    expect(stream.values).toHaveLength(3);
    // The last event ID is stored when the chunk is delivered, which is when the Promise resolves.
    expect(store.get()).toBe('');
    consumed();
    await stream.completed();
    expect(store.get()).toBe('4');
  });

  it('may flush later: the order is kept, and no event is lost at the end', async () => {
    const flushes: Flush[] = [];
    const store = memoryLastEventId();
    const stream = subscribe(
      flush => {
        flushes.push(flush);
      },
      { reconnect: false, lastEventId: store },
    );
    const exchange = (await server.exchange(0)).open().send('id: 1\ndata: 1\n\n');
    await until(() => flushes.length === 1);
    exchange.send('id: 2\ndata: 2\n\n');
    await until(() => flushes.length === 2);
    flushes[1]?.(1);
    expect(stream.values.map(event => event.data)).toEqual(['1']);
    expect(store.get()).toBe('1');
    exchange.end('id: 3\ndata: 3\n\n');
    expect((await stream.completed()).map(event => event.data)).toEqual(['1', '2', '3']);
    expect(store.get()).toBe('3');
  });

  it.each<[string, (flush: Flush) => unknown]>([
    [
      'throws before it flushes',
      () => {
        throw new Error('no zone');
      },
    ],
    [
      'throws after it has flushed',
      flush => {
        flush();
        throw new Error('no zone');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no zone'))],
  ])('ends the stream if it %s, and loses nothing', async (_how, deliver) => {
    const stream = subscribe(deliver);
    const exchange = await server.exchange(0);
    exchange.open().send('data: 1\n\ndata: 2\n\n');
    expect(await stream.failed()).toEqual(new Error('no zone'));
    expect(stream.values.map(event => event.data)).toEqual(['1', '2']);
    await exchange.gone();
    expect(server.exchanges).toHaveLength(1);
  });

  it('delivers nothing after unsubscribing, even if it flushes', async () => {
    let flush: Flush = () => 0;
    const stream = subscribe(handOut => {
      flush = handOut;
    });
    const exchange = (await server.exchange(0)).open().send('data: 1\n\ndata: 2\n\n');
    await until(() => flush(0) > 0);
    flush(1);
    stream.subscription.unsubscribe();
    expect(flush()).toBe(0);
    expect(stream.values).toHaveLength(1);
    await exchange.gone();
  });

  it('has nothing left when the stream is unsubscribed within a chunk, so a loop that flushes until 0 ends', () => {
    const fake = fakeEventSource();
    const left: number[] = [];
    const source = fromEventSource('/stream', {
      fetch: fake.fetch,
      deliver: flush => {
        while (left.push(flush(1)) < 9) if (left.at(-1) === 0) return;
      },
    });
    const stream = observe(source.pipe(take(2)));
    fake.expectConnection().open().raw('data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n');
    expect(stream.values).toHaveLength(2);
    expect(left).toEqual([3, 0]);
  });

  it('delivers the rest of the chunk when `next` flushes again', async () => {
    let flush: Flush = () => 0;
    const seen: string[] = [];
    const stream = fromEventSource(server.url, {
      deliver: handOut => {
        flush = handOut;
        flush();
      },
      reconnect: false,
    }).pipe(take(3));
    stream.subscribe(event => {
      seen.push(event.data);
      flush();
    });
    const exchange = await server.exchange(0);
    exchange.open().send('data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n');
    await exchange.gone();
    expect(seen).toEqual(['1', '2', '3']);
  });
});
