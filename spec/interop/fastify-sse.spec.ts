import { fastifySSE, type SSEPluginOptions } from '@fastify/sse';
import { afterEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { nameAndVersion, numberedDataUpTo, numberedEventsAfter, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';

describe('@fastify/sse', () => {
  let app: FastifyInstance;
  let server: SseServer;
  afterEach(async () => {
    await server.close();
    await app.close();
  });

  const serve = async (
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
    options: SSEPluginOptions = {},
  ) => {
    app = fastify();
    await app.register(fastifySSE, options);
    app.get('/stream', { sse: 'only' }, handler);
    await app.ready();
    server = await SseServer.start(({ request, response }) => app.routing(request, response));
  };

  it('loses and duplicates none of 1000 events through cuts, with its `replay`', async () => {
    await serve(async (_, { sse }) => {
      let after = '0';
      await sse.replay(lastEventId => Promise.resolve(void (after = lastEventId)));
      await sse.send(numberedEventsAfter(after));
    });
    const { data, cuts } = await runThroughCuts({
      server: nameAndVersion('@fastify/sse'),
      url: server.url,
      dataOf: event => JSON.parse(event.data) as string,
    });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
  });

  it('sends types, ids, `retry` after the data, heartbeats, objects as JSON, and strings as lines', async () => {
    await serve(
      async (_, { sse }) => {
        sse.keepAlive();
        await sse.send({ event: 'chat', id: '1', data: { text: 'Straße\n𝄞' }, retry: 1500 });
        await sse.send(' first\n\nthird\n');
      },
      { heartbeatInterval: 1 },
    );
    const lifecycle = observe(fromEventSourceLifecycle(server.url));
    expect((await lifecycle.first(6)).slice(2)).toEqual([
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'chat', data: '{"text":"Straße\\n𝄞"}', lastEventId: '1' } },
      { kind: 'event', event: { type: 'message', data: ' first\n\nthird\n', lastEventId: '1' } },
      { kind: 'comment', text: 'heartbeat' },
    ]);
  });

  it('receives the last event ID after each clean end, and ends the stream with 204', async () => {
    await serve(async (_, reply) => {
      if (reply.sse.lastEventId === '3') return reply.code(204).send();
      for await (const event of numberedEventsAfter(reply.sse.lastEventId)) return reply.sse.send(event);
      return undefined;
    });
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 1 } }));
    expect((await lifecycle.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '2', '3']);
  });

  it('calls its `onClose` listener when the client unsubscribes', async () => {
    let closed: Promise<void> | undefined;
    await serve(async (_, { sse }) => {
      sse.keepAlive();
      closed = new Promise(resolve => sse.onClose(resolve));
      await sse.send('hello');
    });
    const events = observe(fromEventSource(server.url));
    await events.first(1);

    events.subscription.unsubscribe();
    await expect(closed).resolves.toBeUndefined();
    await server.idle();
  });
});
