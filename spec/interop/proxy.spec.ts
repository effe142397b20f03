import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { concatMap, interval, range, tap } from 'rxjs';
import {
  ConnectionError,
  type EventSourceLifecycle,
  type EventSourceOptions,
  EventSourceTimeoutError,
  fromEventSource,
  fromEventSourceLifecycle,
  type ServerSentEvent,
  StreamTruncatedError,
} from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { Nginx } from '../support/nginx.js';
import { type Observed, observe, ofKind } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { until } from '../support/until.js';
import { locations } from './nginx-locations.js';
import { statusOf } from './status-of.js';

/** More than nginx holds in one buffer, which is 4 KiB or 8 KiB. */
const BUFFERFUL = `:${'.'.repeat(10_000)}\n\n`;
const FAST = { delay: 1, maxDelay: 10 };
const event = (n: number) => `id: ${n}\ndata: ${n}\n\n`;
const eventsOf = (lifecycle: EventSourceLifecycle[]) =>
  lifecycle.flatMap(item => (item.kind === 'event' ? [item.event.data] : []));

const is = (n: number) => (item: EventSourceLifecycle) => item.kind === 'event' && item.event.data === `${n}`;

describe('nginx', () => {
  let upstream: SseServer;
  /** Sits in front of the application, which can go away and come back on the same port. */
  let relay: TcpRelay;
  let nginx: Nginx;
  beforeEach(async () => {
    upstream = await SseServer.start();
    relay = await TcpRelay.start(upstream.port);
    nginx = await Nginx.start(locations(relay.origin));
  });
  afterEach(async () => {
    await upstream.close();
    await relay.close();
    await nginx.close();
  });

  /** Waits until data that was sent before had time to arrive: a stream that starts now has passed the same nginx. */
  const roundTrip = async () => {
    const marker = observe(fromEventSource(`${nginx.origin}/http1.0+unbuffered`));
    (await upstream.exchange(upstream.exchanges.length)).open().send('data: marker\n\n');
    await marker.first(1);
    marker.subscription.unsubscribe();
  };

  it.each(['http1.0', 'http1.0+gzip', 'http1.1+gzip'])(
    'with buffering on, delivers nothing while the stream is open, and everything at its end: %s [pitfall 42]',
    async location => {
      const lifecycle = observe(fromEventSourceLifecycle(`${nginx.origin}/${location}`, { reconnect: false }));
      const exchange = await upstream.exchange(0);
      exchange.open().send(event(1));
      await roundTrip();
      exchange.send(event(2));
      await roundTrip();
      expect(eventsOf(lifecycle.values)).toEqual([]);

      exchange.end(event(3));
      expect(eventsOf(await lifecycle.completed())).toEqual(['1', '2', '3']);
    },
  );

  it('with buffering on, holds even the headers, so that `connectTimeout` detects it [pitfall 42]', async () => {
    const clock = new Clock();
    const lifecycle = observe(
      fromEventSourceLifecycle(`${nginx.origin}/http1.0`, {
        connectTimeout: 10_000,
        idleTimeout: 1000,
        scheduler: clock,
      }),
    );
    const exchange = await upstream.exchange(0);
    exchange.open().send(event(1));
    await roundTrip();
    clock.advanceTo(9999);
    expect(lifecycle.values).toEqual([{ kind: 'connecting', attempt: 0, lastEventId: '' }]);

    clock.advanceTo(10_000);
    const { error } = await lifecycle.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(EventSourceTimeoutError);
    await exchange.gone();
  });

  it('with buffering on, delivers a full buffer, and holds data that doesn’t fill the next one [pitfall 42]', async () => {
    const events = observe(fromEventSource(`${nginx.origin}/http1.0`));
    const exchange = await upstream.exchange(0);
    exchange.open().send(event(1)).send(BUFFERFUL);
    await events.first(1);

    exchange.send(event(2));
    await roundTrip();
    expect(events.values).toHaveLength(1);
    exchange.end();
    expect((await events.first(2)).map(({ data }) => data)).toEqual(['1', '2']);
  });

  it.each([
    ['proxy_buffering off', 'http1.0+unbuffered', {}, null],
    ['X-Accel-Buffering: no', 'http1.0', { 'x-accel-buffering': 'no' }, null],
    ['proxy_buffering off, even with compression', 'http1.0+unbuffered+gzip', {}, 'gzip'],
    ['X-Accel-Buffering: no, even with compression', 'http1.0+gzip', { 'x-accel-buffering': 'no' }, 'gzip'],
    ['HTTP/1.1 to the application and no compression, because nginx forwards its chunks', 'http1.1', {}, null],
  ])(
    'delivers each event at once with %s [pitfall 42]',
    async (_, location, headers: Record<string, string>, encoding) => {
      const lifecycle = observe(fromEventSourceLifecycle(`${nginx.origin}/${location}`));
      const exchange = await upstream.exchange(0);
      exchange.open(headers);
      for (const n of [1, 2, 3]) {
        exchange.send(event(n));
        await lifecycle.find(is(n));
      }
      const { headers: received } = await lifecycle.find(ofKind('open'));
      expect(received.get('content-encoding')).toBe(encoding);
      expect(upstream.exchanges).toHaveLength(1);
    },
  );

  it('with buffering on, holds heartbeats, which `idleTimeout` counts as silence [pitfall 42]', async () => {
    const clock = new Clock();
    const [held, passing] = ['http1.0', 'http1.0+unbuffered'].map(location =>
      observe(
        fromEventSourceLifecycle(`${nginx.origin}/${location}`, {
          idleTimeout: 45_000,
          reconnect: false,
          scheduler: clock,
        }),
      ),
    ) as [Observed<EventSourceLifecycle>, Observed<EventSourceLifecycle>];
    const exchanges = [await upstream.exchange(0), await upstream.exchange(1)];
    for (const exchange of exchanges) exchange.open().send(event(1)).send(BUFFERFUL);
    await held.find(ofKind('event'));
    await passing.find(ofKind('comment'));
    await roundTrip();

    clock.advanceTo(40_000);
    for (const exchange of exchanges) exchange.send(':heartbeat\n\n');
    await passing.find(item => item.kind === 'comment' && item.text === 'heartbeat');
    await roundTrip();
    clock.advanceTo(80_000);
    expect(held.error).toBeInstanceOf(EventSourceTimeoutError);
    expect(passing.status).toBe('live');
  });

  it('cuts a stream that is silent for `proxy_read_timeout`, which heartbeats prevent [pitfall 42]', async () => {
    const lifecycle = observe(fromEventSourceLifecycle(`${nginx.origin}/http1.1+unbuffered`, { reconnect: FAST }));
    const first = await upstream.exchange(0);
    first.open().send(event(1));
    const heart = observe(interval(200).pipe(tap(() => first.send(':heartbeat\n\n'))));
    // This takes 3 s; the limit is 2 s.
    await until(() => lifecycle.values.filter(ofKind('comment')).length >= 15);
    expect(upstream.exchanges).toHaveLength(1);

    heart.subscription.unsubscribe();
    const second = await upstream.exchange(1);
    expect(second.lastEventId).toBe('1');
    second.open().send(event(2));
    await lifecycle.find(is(2));
    expect((await lifecycle.find(ofKind('waiting'))).error).toBeInstanceOf(ConnectionError);
    expect(nginx.errorLog).toContain('upstream timed out');
  });

  it('responds with 502 while the application is away and 504 while it hangs, and the stream resumes after both', async () => {
    const lifecycle = observe(fromEventSourceLifecycle(`${nginx.origin}/http1.1+unbuffered`, { reconnect: FAST }));
    const first = await upstream.exchange(0);
    first.open().send(event(1));
    await lifecycle.find(is(1));
    relay.refuse();
    first.cut();
    await lifecycle.find(item => item.kind === 'waiting' && statusOf(item) === 502);
    await relay.accept();
    // The second request gets no response.
    (await upstream.exchange(2)).open().send(event(2));
    await lifecycle.find(is(2));

    const waits = lifecycle.values.filter(ofKind('waiting'));
    expect(waits[0]?.error).toBeInstanceOf(ConnectionError);
    expect(new Set(waits.map(statusOf))).toEqual(new Set([undefined, 502, 504]));
    expect(upstream.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '1']);
  });

  it('over HTTP/1.0, passes off a truncated response as complete; over HTTP/1.1, the client detects the loss', async () => {
    const [blind, seeing] = ['http1.0+unbuffered', 'http1.1+unbuffered'].map(location =>
      observe(fromEventSource(`${nginx.origin}/${location}`, { method: 'POST' })),
    ) as [Observed<ServerSentEvent>, Observed<ServerSentEvent>];
    const exchanges = [await upstream.exchange(0), await upstream.exchange(1)];
    for (const exchange of exchanges) exchange.open().send(event(1));
    await blind.first(1);
    await seeing.first(1);

    for (const exchange of exchanges) exchange.cut();
    expect(await blind.completed()).toHaveLength(1);
    expect(await seeing.failed()).toBeInstanceOf(ConnectionError);
  });

  describe.each(['http1.0', 'http1.0+unbuffered', 'http1.1+unbuffered'])(
    'a response over %s with `isLast`',
    location => {
      const ENDS: [string, (exchange: Exchange) => void][] = [
        ['cut', exchange => exchange.cut()],
        ['reset', ({ request }) => void request.socket.resetAndDestroy()],
        ['ended', exchange => exchange.end()],
      ];
      const POST: EventSourceOptions = { method: 'POST', isLast: ({ data }) => data === '[DONE]' };
      const answer = (options: EventSourceOptions = {}) =>
        observe(fromEventSourceLifecycle(`${nginx.origin}/${location}`, { ...POST, ...options }));

      it('is complete with its last event', async () => {
        const lifecycle = answer();
        (await upstream.exchange(0)).open().send(event(1)).end('data: [DONE]\n\n');
        expect(eventsOf(await lifecycle.completed())).toEqual(['1', '[DONE]']);
        expect(lifecycle.values.at(-1)).toEqual({ kind: 'closed', reason: 'last' });
      });

      it.each(ENDS)(
        'is truncated if the application goes away before the last event (%s) [pitfall 50]',
        async (_how, end) => {
          const lifecycle = answer();
          const exchange = await upstream.exchange(0);
          // The event arrives before the loss, even if nginx holds data that doesn't fill a buffer.
          exchange.open().send(event(1)).send(BUFFERFUL);
          await lifecycle.find(is(1));
          end(exchange);
          const error = await lifecycle.failed();
          expect(error).toBeInstanceOf(StreamTruncatedError);
          expect(error).toMatchObject({ retryable: true });
          expect(lifecycle.values.filter(ofKind('closed'))).toEqual([]);
          expect(upstream.exchanges).toHaveLength(1);
        },
      );

      it.each(ENDS)('continues with `resume` if it was %s [pitfall 50]', async (_how, end) => {
        const lifecycle = answer({ resume: `${nginx.origin}/${location}`, reconnect: FAST });
        const first = await upstream.exchange(0);
        first.open().send(event(1)).send(BUFFERFUL);
        await lifecycle.find(is(1));
        end(first);
        const second = await upstream.exchange(1);
        second.open().send(event(2)).end('data: [DONE]\n\n');
        expect(eventsOf(await lifecycle.completed())).toEqual(['1', '2', '[DONE]']);
        expect(upstream.exchanges.map(({ request, lastEventId }) => [request.method, lastEventId])).toEqual([
          ['POST', undefined],
          ['GET', '1'],
        ]);
        const waits = lifecycle.values.filter(ofKind('waiting'));
        expect(waits).toHaveLength(1);
        expect(waits[0]?.error).toBeInstanceOf(StreamTruncatedError);
      });
    },
  );

  it('cuts a quiet stream every minute, which isn’t a series of failures and uses up no `count` [pitfall 45]', async () => {
    // Here, a minute takes 400 ms, and half a minute 100 ms.
    const reconnect = { count: 2, delay: 1, maxDelay: 100, jitter: 0 };
    const quiet = observe(fromEventSourceLifecycle(`${nginx.origin}/minute`, { reconnect }));
    // A connection that is cut before it was open for `maxDelay` counts as a failure.
    const spent = observe(
      fromEventSourceLifecycle(`${nginx.origin}/minute`, { reconnect: { ...reconnect, maxDelay: 60_000 } }),
    );
    const answering = observe(
      range(0, 100).pipe(
        concatMap(n => upstream.exchange(n)),
        tap(exchange => exchange.open()),
      ),
    );
    expect(await spent.failed()).toBeInstanceOf(ConnectionError);
    expect(spent.values.filter(ofKind('waiting')).map(({ attempt, delay }) => [attempt, delay])).toEqual([
      [1, 1],
      [2, 2],
    ]);

    await until(() => quiet.values.filter(ofKind('open')).length > 6);
    const waits = quiet.values.filter(ofKind('waiting')).map(({ attempt, delay }) => [attempt, delay]);
    expect(waits).toEqual(waits.map(() => [1, 1]));
    expect(quiet.status).toBe('live');
    expect(answering.status).toBe('live');
  });

  it.each(['http1.0', 'http1.0+unbuffered'])(
    'closes the connection to the application when the client unsubscribes (%s)',
    async location => {
      const events = observe(fromEventSource(`${nginx.origin}/${location}`));
      const exchange = await upstream.exchange(0);
      exchange.open().send(event(1));
      await roundTrip();
      events.subscription.unsubscribe();
      await exchange.gone();
      await upstream.idle();
      expect(upstream.liveExchanges).toBe(0);
    },
  );
});
