import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromEventSource, fromEventSourceLifecycle } from '../src/index.js';
import { observe } from './support/observe.js';
import { SseServer } from './support/sse-server.js';

describe('fromEventSource', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('does nothing before it is subscribed to, and opens one connection per subscription', async () => {
    const source = fromEventSource(server.url);
    expect(server.exchanges).toHaveLength(0);

    const one = observe(source);
    const other = observe(source);
    (await server.exchange(0)).open().send('data: a\n\n');
    (await server.exchange(1)).open().send('data: b\n\n');
    const both = [...(await one.first(1)), ...(await other.first(1))];
    expect(both.map(event => event.data).sort()).toEqual(['a', 'b']);
    expect(server.liveExchanges).toBe(2);

    one.subscription.unsubscribe();
    other.subscription.unsubscribe();
    await server.idle();
  });

  it('emits only the events of the lifecycle', async () => {
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: false }));
    (await server.exchange(0)).open().end(': hi\nretry: 500\nid: 1\nevent: chat\ndata: a\ndata: b\n\n');
    expect(await lifecycle.completed()).toEqual([
      { kind: 'connecting', attempt: 0, lastEventId: '' },
      {
        kind: 'open',
        url: server.url,
        status: 200,
        headers: expect.anything() as unknown as Headers,
        resumedFrom: '',
        downtime: 0,
      },
      { kind: 'comment', text: 'hi' },
      { kind: 'retry-time', milliseconds: 500 },
      { kind: 'event', event: { type: 'chat', data: 'a\nb', lastEventId: '1' } },
      { kind: 'closed', reason: 'end' },
    ]);

    const events = observe(fromEventSource(server.url, { reconnect: false }));
    (await server.exchange(1)).open().end(': hi\nid: 1\nevent: chat\ndata: a\ndata: b\n\n');
    expect(await events.completed()).toEqual([{ type: 'chat', data: 'a\nb', lastEventId: '1' }]);
  });
});
