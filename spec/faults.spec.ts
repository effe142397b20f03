import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  type EventSourceLifecycle,
  type EventSourceOptions,
  EventSourceTimeoutError,
  fromEventSource,
  fromEventSourceLifecycle,
} from '../src/index.js';
import { Clock } from './support/clock.js';
import { observe, ofKind, unobserve } from './support/observe.js';
import { type Exchange, SseServer } from './support/sse-server.js';
import { type RelayedConnection, type RelayFault, TcpRelay } from './support/tcp-relay.js';
import { TRANSPORTS } from './support/transports.js';
import { until } from './support/until.js';

describe.each(TRANSPORTS)('a faulty network, below HTTP, over %s', (_name, fetch) => {
  let server: SseServer;
  let relay: TcpRelay;
  const start = async (plan?: (connection: RelayedConnection) => void, handler?: (exchange: Exchange) => void) => {
    server = await SseServer.start(handler);
    relay = await TcpRelay.start(server.port, plan);
  };
  afterEach(async () => {
    unobserve();
    await relay.close();
    await server.close();
  });

  const lifecycle = (options: EventSourceOptions = {}) =>
    observe(fromEventSourceLifecycle(relay.url, { fetch, reconnect: { delay: 0 }, ...options }));
  type Stream = ReturnType<typeof lifecycle>;
  const isEvent = (data: string) => (item: EventSourceLifecycle) => item.kind === 'event' && item.event.data === data;
  const dataOf = ({ values }: Stream) => values.filter(ofKind('event')).map(({ event }) => event.data);
  const firstError = async (stream: Stream) => (await stream.find(ofKind('waiting'))).error;

  /** Two events and half of a third. */
  const TWO_AND_A_HALF = 'id: 1\ndata: a\n\nid: 2ü\ndata: b\n\nid: 3\ndata: c';

  describe('a connection that breaks in the middle of an event', () => {
    beforeEach(() => start());

    it.each<RelayFault>(['cut', 'resetClient', 'resetServer', 'endClient', 'endServer', 'restart'])(
      '(%s) causes a ConnectionError, and the stream resumes after the last event',
      async fault => {
        const stream = lifecycle();
        const first = (await server.exchange(0)).open().send(TWO_AND_A_HALF);
        await stream.find(isEvent('b'));
        const [connection] = relay.connections;
        connection?.make(fault);
        expect(await firstError(stream)).toBeInstanceOf(ConnectionError);
        await first.gone();

        const second = await server.exchange(1);
        expect(second.lastEventId).toBe('2ü');
        second.open().send('id: 3\ndata: c\n\n');
        await stream.find(isEvent('c'));
        expect(dataOf(stream)).toEqual(['a', 'b', 'c']);
        expect(relay.faults[fault]).toBe(1);
      },
    );
  });

  describe('a connection that breaks anywhere in a response', () => {
    const EVENTS = 3;
    /** Sends `EVENTS` events after the last event ID, and ends. All ids have the same length, so all responses do. */
    const answer = (exchange: Exchange) => {
      const after = Number(exchange.lastEventId ?? 10_000);
      const events = Array.from({ length: EVENTS }, (_, n) => `id: ${after + n + 1}\ndata: ü€\n\n`).join('');
      exchange.open({ connection: 'close' }).end(events);
    };

    it.each<[RelayFault, 'chunks' | 'a body that ends with the connection']>([
      ['cut', 'chunks'],
      ['cut', 'a body that ends with the connection'],
      ['resetClient', 'chunks'],
      ['resetClient', 'a body that ends with the connection'],
    ])('(%s, %s) loses no event, whichever byte it breaks after', async (fault, framing) => {
      // The first response is complete. The response on the n-th connection after it breaks after n - 1 bytes.
      const whole = () => relay.connections[0]?.toClient.bytes ?? 0;
      await start(
        connection => {
          const { index, toClient } = connection;
          if (index > 0 && index - 1 <= whole()) toClient.after(index - 1, () => connection.make(fault));
        },
        exchange => {
          exchange.response.useChunkedEncodingByDefault = framing === 'chunks';
          if (relay.connections.length > whole() + 3) exchange.refuse(204);
          else answer(exchange);
        },
      );
      const events = await observe(fromEventSource(relay.url, { fetch, reconnect: { delay: 0 } })).completed();
      expect(events.map(event => Number(event.lastEventId))).toEqual(events.map((_, index) => 10_001 + index));
      expect(events.length).toBeGreaterThan(EVENTS);
      expect(relay.faults[fault]).toBe(whole() + 1);
    });
  });

  it('delivers the same events when it carries one byte at a time', async () => {
    await start(connection => connection.make('throttle'));
    const stream = lifecycle({ lastEventId: 'ü€' });
    const exchange = await server.exchange(0);
    expect(exchange.lastEventId).toBe('ü€');
    exchange.open().end('\ufeffid: ü\r\ndata: 漢字 🎉\r\n\r\n: x\rdata: y\r\rid: half');
    const again = await server.exchange(1);
    expect(again.lastEventId).toBe('ü');
    expect(dataOf(stream)).toEqual(['漢字 🎉', 'y']);
  });

  it('makes the stream retry while it refuses connections, and resume when it accepts them', async () => {
    await start();
    const stream = lifecycle();
    (await server.exchange(0)).open().send(TWO_AND_A_HALF);
    await stream.find(isEvent('b'));
    relay.refuse();
    relay.connections.forEach(connection => connection.make('cut'));
    await stream.find(item => item.kind === 'waiting' && item.attempt === 5);
    for (const { error } of stream.values.filter(ofKind('waiting'))) expect(error).toBeInstanceOf(ConnectionError);

    await relay.accept();
    const second = await server.exchange(1);
    expect(second.lastEventId).toBe('2ü');
  });

  describe('a half-open connection', () => {
    it.each<RelayFault>(['stall', 'stallClient'])(
      '(%s) is detected by `idleTimeout`, and the stream resumes on another connection',
      async fault => {
        await start();
        const scheduler = new Clock();
        const stream = lifecycle({ idleTimeout: 45_000, scheduler });
        const first = (await server.exchange(0)).open().send(TWO_AND_A_HALF);
        await stream.find(isEvent('b'));
        const [connection] = relay.connections as [RelayedConnection];
        connection.make(fault);
        const { bytesRead } = connection.server;
        first.send('\n\nid: 4\ndata: lost on the way\n\n');
        await until(() => connection.server.bytesRead > bytesRead);

        scheduler.advanceTo(44_999);
        expect(stream.values.filter(ofKind('waiting'))).toEqual([]);
        scheduler.advanceTo(45_000);
        expect(await firstError(stream)).toBeInstanceOf(EventSourceTimeoutError);
        await connection.clientGone();

        scheduler.advanceTo(45_001);
        const second = await server.exchange(1);
        expect(second.lastEventId).toBe('2ü');
        second.open().send('id: 3\ndata: c\n\n');
        await stream.find(isEvent('c'));
        expect(dataOf(stream)).toEqual(['a', 'b', 'c']);
      },
    );

    it('is not detected without `idleTimeout`: the stream stays open, and continues if the connection does', async () => {
      await start();
      const scheduler = new Clock();
      const stream = lifecycle({ scheduler });
      const first = (await server.exchange(0)).open().send(TWO_AND_A_HALF);
      await stream.find(isEvent('b'));
      const [connection] = relay.connections as [RelayedConnection];
      connection.make('stall');
      first.send('\n\n');
      scheduler.advanceTo(24 * 3_600_000);
      connection.resume();
      await stream.find(isEvent('c'));
      expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event', 'event', 'event']);
      expect(server.exchanges).toHaveLength(1);
    });

    it.each<RelayFault>(['stall', 'stallClient', 'stallServer'])(
      '(%s) is detected by `connectTimeout` before the headers',
      async fault => {
        await start(connection => {
          if (connection.index === 0) connection.make(fault);
        });
        const scheduler = new Clock();
        const stream = lifecycle({ connectTimeout: 10_000, scheduler });
        const connection = await relay.connection(0);
        await until(() => connection.client.bytesRead > 0);
        scheduler.advanceTo(9999);
        expect(stream.values.filter(ofKind('waiting'))).toEqual([]);
        scheduler.advanceTo(10_000);
        expect(await firstError(stream)).toBeInstanceOf(EventSourceTimeoutError);
        await connection.clientGone();

        scheduler.advanceTo(10_001);
        // If only the responses were held back, the server has received the first request.
        const second = await server.exchange(fault === 'stallClient' ? 1 : 0);
        second.open().send('data: a\n\n');
        await stream.find(isEvent('a'));
      },
    );

    it('is closed at once by unsubscribing, before and after the headers', async () => {
      await start(connection => {
        if (connection.index === 0) connection.make('stall');
      });
      const unanswered = lifecycle();
      const connection = await relay.connection(0);
      await until(() => connection.client.bytesRead > 0);
      expect(await timeToGo(unanswered, connection)).toBeLessThan(AT_ONCE);

      const silent = lifecycle();
      (await server.exchange(0)).open().send('data: a\n\n');
      await silent.find(isEvent('a'));
      // Node's own fetch keeps a spare connection, in place of the one that it destroyed.
      const opened = relay.connections.find(({ toServer }) => toServer.bytes > 0);
      opened?.make('stall');
      expect(await timeToGo(silent, opened)).toBeLessThan(AT_ONCE);
    });

    /** In milliseconds, with room for a slow machine. An idle connection closes by itself after 4 s. */
    const AT_ONCE = 2000;
    const timeToGo = async ({ subscription }: Stream, connection: RelayedConnection | undefined) => {
      const unsubscribedAt = performance.now();
      subscription.unsubscribe();
      await connection?.clientGone();
      return performance.now() - unsubscribedAt;
    };
  });
});
