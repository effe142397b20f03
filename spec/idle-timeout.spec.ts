import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventSourceOptions, fromEventSourceLifecycle } from '../src/index.js';
import { Clock } from './support/clock.js';
import { isEvent } from './support/numbered-stream.js';
import { observe, ofKind } from './support/observe.js';
import { type Exchange, SseServer } from './support/sse-server.js';
import { TcpRelay } from './support/tcp-relay.js';
import { until } from './support/until.js';

// A server behind a relay that goes silent: no FIN, no RST, and no byte gets through any more.
describe('a connection that goes silent', () => {
  let server: SseServer;
  let relay: TcpRelay;
  let clock: Clock;
  beforeEach(async () => {
    server = await SseServer.start();
    relay = await TcpRelay.start(server.port);
    clock = new Clock();
  });
  afterEach(async () => {
    await relay.close();
    await server.close();
  });

  const lifecycle = (options: EventSourceOptions = {}) =>
    observe(fromEventSourceLifecycle(relay.url, { scheduler: clock, reconnect: { delay: 1, jitter: 0 }, ...options }));
  type Stream = ReturnType<typeof lifecycle>;
  const failures = (stream: Stream) => stream.values.filter(ofKind('waiting')).map(({ error }) => error);
  const dataOf = (stream: Stream) => stream.values.filter(ofKind('event')).map(({ event }) => event.data);

  /** Sends heartbeats, `pause` ms apart. */
  const beat = async (stream: Stream, exchange: Exchange, pause: number, times: number) => {
    for (let time = 0; time < times; time++) {
      clock.advanceTo(clock.now() + pause);
      const before = stream.values.length;
      exchange.send(': heartbeat\n\n');
      await stream.first(before + 1);
    }
  };

  /** Silences the connection: data that the server sends now doesn't arrive. */
  const goMute = async (exchange: Exchange) => {
    const connection = await relay.connection(exchange.index);
    connection.make('stall');
    const { server: socket } = connection;
    const { bytesRead } = socket;
    exchange.send('id: 2\ndata: b\n\n');
    await until(() => socket.bytesRead > bytesRead);
  };
  it.each([
    ['15 s (after 45 s of silence)', 15_000, 45_000],
    ['2 s (after 10 s of silence, the minimum)', 2000, 10_000],
  ])(
    'is detected without any option after heartbeats every %s, and no event is lost [pitfall 46]',
    async (_, pause, limit) => {
      const stream = lifecycle();
      const first = (await server.exchange(0)).open().send('id: 1\ndata: a\n\n');
      await stream.find(isEvent('a'));
      await beat(stream, first, pause, 3);
      const mutedAt = clock.now();
      await goMute(first);

      clock.advanceTo(mutedAt + limit - 1);
      expect(failures(stream)).toEqual([]);
      clock.advanceTo(mutedAt + limit);
      expect(failures(stream)).toMatchObject([
        { name: 'EventSourceTimeoutError', message: expect.stringContaining(`${limit} ms`) },
      ]);
      await relay.connections[0]?.clientGone();

      clock.advanceTo(mutedAt + limit + 1);
      const second = await server.exchange(1);
      expect(second.lastEventId).toBe('1');
      second.open().send('id: 2\ndata: b\n\nid: 3\ndata: c\n\n');
      await stream.find(isEvent('c'));
      expect(dataOf(stream)).toEqual(['a', 'b', 'c']);
    },
  );

  it('is detected only by its own heartbeats, not by those of an earlier connection', async () => {
    const stream = lifecycle();
    const first = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    await beat(stream, first, 5000, 3);
    await goMute(first);
    clock.advanceTo(clock.now() + 15_001);
    (await server.exchange(1)).open().send('data: c\n\n');
    await stream.find(isEvent('c'));
    clock.advanceTo(clock.now() + 24 * 3_600_000);
    expect(failures(stream)).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  it('is left alone if it had no heartbeats [pitfall 17]', async () => {
    const stream = lifecycle();
    const first = (await server.exchange(0)).open().send('id: 1\ndata: a\n\n');
    await stream.find(isEvent('a'));
    for (const data of ['x', 'y', 'z']) {
      clock.advanceTo(clock.now() + 5000);
      first.send(`: with each event\nid: 1\ndata: ${data}\n\n`);
      await stream.find(isEvent(data));
    }
    await goMute(first);
    expect(clock.timers).toBe(0);
    clock.advanceTo(clock.now() + 24 * 3_600_000);
    expect(failures(stream)).toEqual([]);
    relay.connections[0]?.resume();
    await stream.find(isEvent('b'));
    expect(server.exchanges).toHaveLength(1);
  });

  it.each<[string, EventSourceOptions]>([
    ['`idleTimeout` is 0', { idleTimeout: 0 }],
    ['`reconnect` is false', { reconnect: false }],
    ['the request is a POST that isn’t retried', { method: 'POST', reconnect: undefined }],
  ])('is not watched for if %s', async (_, options) => {
    const stream = lifecycle(options);
    const first = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    await beat(stream, first, 5000, 5);
    expect(clock.timers).toBe(0);
  });
});
