import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionError,
  EventSourceTimeoutError,
  fromEventSource,
  fromEventSourceLifecycle,
  ResponseStatusError,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

describe('with a real server', () => {
  let server: SseServer;
  const serve = async (handler?: (exchange: Exchange) => void) => {
    server = await SseServer.start(handler);
  };
  afterEach(() => server.close());

  it('a stream survives a deploy, and misses nothing [pitfall 13]', async () => {
    await serve(exchange => {
      switch (exchange.index) {
        case 0:
          exchange.open().send('id: 1\ndata: a\n\n');
          break;
        case 1:
          exchange.refuse(503, { 'content-type': 'text/event-stream' }, 'data: no event\n\n');
          break;
        case 2:
          exchange.cut();
          break;
        default:
          exchange.open().send('id: 2\ndata: b\n\n');
      }
    });
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 1 } }));
    await stream.first(1);
    (await server.exchange(0)).cut();
    await stream.first(2);
    expect(stream.values.map(event => event.data)).toEqual(['a', 'b']);
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '1', '1']);
    stream.subscription.unsubscribe();
    await server.idle();
  });

  it('a stream reconnects when the headers or the bytes take too long', async () => {
    await serve(exchange => {
      if (exchange.index === 0) return;
      exchange.open();
      if (exchange.index > 1) exchange.send('data: a\n\n');
    });
    const stream = observe(
      fromEventSourceLifecycle(server.url, { connectTimeout: 100, idleTimeout: 100, reconnect: { delay: 1 } }),
    );
    await stream.find(ofKind('event'));
    const errors = stream.values.filter(ofKind('waiting')).map(({ error }) => error);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    for (const error of errors) expect(error).toBeInstanceOf(EventSourceTimeoutError);
    stream.subscription.unsubscribe();
    await server.idle();
  });

  it('a stream refreshes its token once on 401, and keeps its last event ID [pitfall 15]', async () => {
    await serve(exchange => {
      const { authorization } = exchange.request.headers;
      if (authorization !== 'Bearer token 2') exchange.refuse(401);
      else exchange.open().end('id: 5\ndata: a\n\n');
    });
    let tokens = 1;
    const refresh = () => Promise.resolve(++tokens);

    // The recipe.
    const isUnauthorized = (error: unknown) => error instanceof ResponseStatusError && error.status === 401;
    const stream = observe(
      fromEventSource(server.url, {
        lastEventId: '4',
        headers: () => ({ authorization: `Bearer token ${tokens}` }),
        reconnect: {
          delay: 1,
          when: async (error, attempt) => {
            if (!isUnauthorized(error) || isUnauthorized(attempt.error)) return undefined;
            await refresh();
            return 0;
          },
        },
      }),
    );

    await stream.first(1);
    tokens = 8;
    expect(await stream.failed()).toMatchObject({ status: 401 });
    expect(tokens).toBe(9);
    const asked = server.exchanges.map(({ request, lastEventId }) => [request.headers.authorization, lastEventId]);
    expect([...asked.slice(0, 2), ...asked.slice(-2)]).toEqual([
      ['Bearer token 1', '4'],
      ['Bearer token 2', '4'],
      ['Bearer token 8', '5'],
      ['Bearer token 9', '5'],
    ]);
  });

  it('a stream that is accepted and disconnected at once reconnects `count` times [pitfall 10]', async () => {
    await serve(exchange => exchange.open().end());
    const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { count: 4, delay: 1 } }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'exhausted' });
    expect(server.exchanges).toHaveLength(5);
  });

  it('a stream to a port without a listener fails with a ConnectionError', async () => {
    await serve();
    const { url } = server;
    await server.close();
    const stream = observe(fromEventSourceLifecycle(url, { reconnect: { count: 2, delay: 1 } }));
    expect(await stream.failed()).toBeInstanceOf(ConnectionError);
    expect(stream.values.map(({ kind }) => kind)).toEqual([
      ...['connecting', 'waiting'],
      ...['connecting', 'waiting'],
      'connecting',
    ]);
  });
});
