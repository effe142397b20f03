import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { nameAndVersion, numberedDataUpTo, numberedEventsAfter, runThroughCuts } from '../support/run-through-cuts.js';
import { SseServer } from '../support/sse-server.js';

describe('Hono streamSSE', () => {
  let server: SseServer;
  afterEach(() => server.close());

  const serve = async (handler: (context: Context) => Response) => {
    const listener = getRequestListener(new Hono().get('/stream', handler).fetch);
    server = await SseServer.start(({ request, response }) => void listener(request, response));
  };

  it('loses and duplicates none of 1000 events through cuts if its handler reads Last-Event-ID', async () => {
    await serve(context =>
      streamSSE(context, async stream => {
        for await (const event of numberedEventsAfter(context.req.header('last-event-id'))) {
          if (stream.aborted) return;
          await stream.writeSSE(event);
        }
      }),
    );
    const { data, cuts } = await runThroughCuts({ server: nameAndVersion('hono'), url: server.url });
    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
  });

  it('sends types, ids after the data, `retry`, comments, and data with every kind of line ending', async () => {
    await serve(context =>
      streamSSE(context, async stream => {
        await stream.write(': heartbeat\n\n');
        await stream.writeSSE({ event: 'chat', data: ' Straße\r\n\r𝄞\n', id: '1', retry: 1500 });
        await stream.writeSSE({ data: '', id: '' });
      }),
    );
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: false }));
    expect((await lifecycle.completed()).slice(2)).toEqual([
      { kind: 'comment', text: 'heartbeat' },
      { kind: 'retry-time', milliseconds: 1500 },
      { kind: 'event', event: { type: 'chat', data: ' Straße\n\n𝄞\n', lastEventId: '1' } },
      { kind: 'event', event: { type: 'message', data: '', lastEventId: '' } },
      { kind: 'closed', reason: 'end' },
    ]);
  });

  it('sends an error of its handler as an ordinary event of type `error`, and ends the stream with 204', async () => {
    await serve(context =>
      context.req.header('last-event-id') === '1'
        ? context.body(null, 204)
        : streamSSE(
            context,
            async stream => {
              await stream.writeSSE({ data: 'first', id: '1' });
              throw new Error('out of luck');
            },
            () => Promise.resolve(),
          ),
    );
    const lifecycle = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 1 } }));
    expect((await lifecycle.completed()).filter(({ kind }) => kind === 'event' || kind === 'closed')).toEqual([
      { kind: 'event', event: { type: 'message', data: 'first', lastEventId: '1' } },
      { kind: 'event', event: { type: 'error', data: 'out of luck', lastEventId: '1' } },
      { kind: 'closed', reason: 'no-content' },
    ]);
  });

  it('calls its `onAbort` listener when the client unsubscribes', async () => {
    let aborted: Promise<void> | undefined;
    await serve(context =>
      streamSSE(context, async stream => {
        aborted = new Promise(resolve => stream.onAbort(resolve));
        await stream.writeSSE({ data: 'hello' });
        await aborted;
      }),
    );
    const events = observe(fromEventSource(server.url));
    await events.first(1);

    events.subscription.unsubscribe();
    await expect(aborted).resolves.toBeUndefined();
    await server.idle();
  });
});
