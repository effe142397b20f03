import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { take } from 'rxjs';
import {
  ConnectionError,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  iterateEventSource,
  ResponseStatusError,
} from '../src/index.js';
import { Clock } from './support/clock.js';
import { observe, ofKind } from './support/observe.js';
import { SseServer } from './support/sse-server.js';
import { TRANSPORTS } from './support/transports.js';
import { until } from './support/until.js';

describe.each(TRANSPORTS)('a stream over %s', (_name, fetch) => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const lifecycle = (options: EventSourceOptions = {}) =>
    observe(fromEventSourceLifecycle(server.url, { fetch, reconnect: { delay: 0 }, ...options }));
  const isEvent = (data: string) => (item: EventSourceLifecycle) => item.kind === 'event' && item.event.data === data;

  it('opens, emits while the response continues, survives a cut and a 503, resumes, and closes on 204 [pitfall 39]', async () => {
    const stream = lifecycle();
    const first = (await server.exchange(0)).open({ 'x-server': 'one' }).send('id: 1ü€\ndata: a\n\n');
    await stream.find(isEvent('a'));
    first.send('data: b\n\nid: 3\ndata: never comple');
    await stream.find(isEvent('b'));
    first.cut();

    const second = await server.exchange(1);
    expect(second.lastEventId).toBe('1ü€');
    second.refuse(503, {}, 'soon');

    const third = await server.exchange(2);
    expect(third.lastEventId).toBe('1ü€');
    third.open().end('data: c\n\n');

    (await server.exchange(3)).refuse(204);
    const items = await stream.completed();
    expect(items.map(item => item.kind)).toEqual([
      ...['connecting', 'open', 'event', 'event', 'waiting'],
      ...['connecting', 'waiting'],
      ...['connecting', 'open', 'event', 'waiting'],
      ...['connecting', 'closed'],
    ]);
    const [opened] = items.filter(ofKind('open'));
    expect(opened).toMatchObject({ url: server.url, status: 200, resumedFrom: '' });
    expect(opened?.headers.get('x-server')).toBe('one');
    const [lost, refused, ended] = items.filter(ofKind('waiting'));
    expect(lost?.error).toBeInstanceOf(ConnectionError);
    expect(refused?.error).toMatchObject({ name: 'ResponseStatusError', status: 503, body: 'soon' });
    expect(ended).not.toHaveProperty('error');
    await server.idle();
  });

  it('aborts on unsubscribe: before the headers, while the stream is open, and between two events', async () => {
    const early = lifecycle();
    const unanswered = await server.exchange(0);
    early.subscription.unsubscribe();
    await unanswered.gone();

    const opened = lifecycle();
    const silent = (await server.exchange(1)).open();
    await opened.find(ofKind('open'));
    opened.subscription.unsubscribe();
    await silent.gone();

    const one = observe(fromEventSource(server.url, { fetch }).pipe(take(1)));
    const busy = (await server.exchange(2)).open().send('data: a\n\ndata: b\n\ndata: c\n\n');
    expect(await one.completed()).toHaveLength(1);
    await busy.gone();
    expect(server.liveExchanges).toBe(0);
  });

  it('closes on `break` in a `for await` loop', async () => {
    void server.exchange(0).then(exchange => exchange.open().send('data: a\n\ndata: b\n\n'));
    for await (const event of iterateEventSource(server.url, { fetch })) {
      expect(event.data).toBe('a');
      break;
    }
    await (await server.exchange(0)).gone();
  });

  it('emits the events of an uncompressed body that arrives byte by byte', async () => {
    const stream = observe(fromEventSource(server.url, { fetch, reconnect: false }));
    const exchange = (await server.exchange(0)).open();
    exchange.response.socket?.setNoDelay(true);
    for (const byte of new TextEncoder().encode('\ufeffid: ü\r\ndata: 漢字 🎉\r\n\r\n: x\rdata: y\r\r')) {
      exchange.send(Uint8Array.of(byte));
      await new Promise(resolve => setImmediate(resolve));
    }
    exchange.end();
    expect(await stream.completed()).toEqual([
      { type: 'message', data: '漢字 🎉', lastEventId: 'ü' },
      { type: 'message', data: 'y', lastEventId: 'ü' },
    ]);
  });

  it('fails with the status of a refusal, and cancels its body if that goes on dripping', async () => {
    const clock = new Clock();
    const stream = lifecycle({ reconnect: false, scheduler: clock });
    const exchange = await server.exchange(0);
    exchange.response.writeHead(418, { 'content-type': 'text/plain' });
    exchange.send('short and stout');
    // The headers have arrived when the timer for the text is set.
    await until(() => clock.timers > 0);
    clock.advanceTo(1999);
    expect(stream.status).toBe('live');
    clock.advanceTo(2000);
    const error = await stream.failed();
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 418, body: 'short and stout' });
    await exchange.gone();
  });
});
