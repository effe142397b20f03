import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createChannel, createSession } from 'better-sse';
import { interval, map, take } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { nameAndVersion, numberedData, numberedDataUpTo, runThroughCuts } from '../support/run-through-cuts.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

describe('better-sse', () => {
  let server: SseServer;
  afterEach(() => server.close());

  const serve = async (answer: (exchange: Exchange) => Promise<unknown>) => {
    server = await SseServer.start(exchange => void answer(exchange));
  };

  it('loses and duplicates no event of a channel that continues while the client is away', async () => {
    const channel = createChannel();
    let published = 0;
    await serve(async ({ request, response }) => {
      const session = await createSession(request, response);
      for (let n = Number(session.lastId) + 1; n <= published; n++) session.push(numberedData(n), 'number', `${n}`);
      channel.register(session);
    });
    const publishing = observe(
      interval(1).pipe(
        map(() => ++published),
        map(n => channel.broadcast(numberedData(n), 'number', { eventId: `${n}` })),
        take(1000),
      ),
    );

    const { data, cuts } = await runThroughCuts({
      server: nameAndVersion('better-sse'),
      url: server.url,
      dataOf: event => JSON.parse(event.data) as string,
    });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
    await publishing.completed();
  });

  it('sends `retry` first, empty comments as heartbeats, event types, and ids that it generates', async () => {
    await serve(async ({ request, response }) => {
      const session = await createSession(request, response, { keepAlive: 1, retry: 1500 });
      session.push({ text: 'Straße\n\n𝄞' }, 'chat').push('no type');
    });
    const lifecycle = observe(fromEventSourceLifecycle(server.url));

    expect(await lifecycle.find(ofKind('comment'))).toEqual({ kind: 'comment', text: '' });
    const steps = lifecycle.values.filter(({ kind }) => kind === 'retry-time' || kind === 'event');
    const uuid = expect.stringMatching(/^[\da-f-]{36}$/) as unknown as string;
    expect(steps).toEqual([
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'chat', data: '{"text":"Straße\\n\\n𝄞"}', lastEventId: uuid } },
      { kind: 'event', event: { type: 'message', data: '"no type"', lastEventId: uuid } },
    ]);
  });

  it('writes the second line of a text as a raw line of the stream unless it serializes the text as JSON', async () => {
    await serve(async ({ request, response }) => {
      const session = await createSession(request, response, { serializer: String });
      session.push('first\nsecond\n\ndata: third', 'text', '1');
    });
    const events = observe(fromEventSource(server.url));
    // These events follow from the bytes by the grammar. The loss is the server's.
    expect(await events.first(2)).toEqual([
      { type: 'text', data: 'first', lastEventId: '1' },
      { type: 'message', data: 'third', lastEventId: '1' },
    ]);
  });

  it('receives the last event ID after a clean end, and ends the stream with a session of status 204', async () => {
    await serve(async ({ request, response, index }) => {
      const session = await createSession(request, response, { statusCode: index === 0 ? 200 : 204 });
      if (index === 0) session.push('last', 'message', '7-ü');
      response.end();
    });
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 1, serverDelay: false } }));
    expect((await lifecycle.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '7-ü']);
  });

  it('sees the session disconnect and its channel become empty when the client unsubscribes', async () => {
    const channel = createChannel();
    await serve(async ({ request, response }) => {
      const session = await createSession(request, response);
      channel.register(session).broadcast('hello');
    });
    const events = observe(fromEventSource(server.url));
    await events.first(1);
    expect(channel.sessionCount).toBe(1);

    const disconnected = once(channel, 'session-disconnected');
    events.subscription.unsubscribe();
    await disconnected;
    await server.idle();
    expect(channel.sessionCount).toBe(0);
  });
});
