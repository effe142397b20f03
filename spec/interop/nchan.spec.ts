import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { concatMap, defer, first, firstValueFrom, from, repeat } from 'rxjs';
import { fromEventSource, fromEventSourceLifecycle, ResponseStatusError } from '../../src/index.js';
import { Nginx } from '../support/nginx.js';
import { observe, ofKind } from '../support/observe.js';
import { numberedDataUpTo, runThroughCuts } from '../support/run-through-cuts.js';
import { until } from '../support/until.js';

/** The ids of nchan: the second in which an event was published, and its number within that second. */
const NCHAN_ID = /^\d{10}:\d+$/;

describe('nchan', () => {
  let nginx: Nginx;
  let publisher: string;
  let subscriber: string;
  beforeEach(async () => {
    nginx = await Nginx.start(`
      nchan_channel_id numbers;
      nchan_message_buffer_length 2000;
      location = /publisher {
        nchan_publisher;
      }
      location = /subscriber {
        nchan_subscriber eventsource;
        nchan_subscriber_first_message oldest;
        nchan_eventsource_ping_interval 1;
      }
      location = /status {
        nchan_stub_status;
      }
    `);
    publisher = `${nginx.origin}/publisher`;
    subscriber = `${nginx.origin}/subscriber`;
  });
  afterEach(() => nginx.close());

  const publish = async (data: string, headers: Record<string, string> = {}) => {
    const response = await fetch(publisher, { method: 'POST', body: data, headers });
    await response.text();
    expect(response.ok).toBe(true);
  };

  /** Resolves when the channel has `count` subscribers. */
  const subscribers = (count: number) =>
    firstValueFrom(
      defer(() => fetch(publisher, { headers: { accept: 'text/json' } })).pipe(
        concatMap(response => response.json() as Promise<{ subscribers: number }>),
        repeat(),
        first(channel => channel.subscribers === count),
      ),
    );

  it('loses and duplicates no event that is published while the client is away', async () => {
    const publishing = observe(from(numberedDataUpTo(1000)).pipe(concatMap(data => publish(data))));
    const status = await fetch(`${nginx.origin}/status`);
    const [version = ''] = /nchan version.*/.exec(await status.text()) ?? [];
    const ids = new Set<string>();
    const { data, cuts } = await runThroughCuts({
      server: `${status.headers.get('server')}, ${version}`,
      url: subscriber,
      dataOf: ({ data, lastEventId }) => {
        ids.add(lastEventId);
        return data;
      },
    });

    expect(data).toEqual(numberedDataUpTo(1000));
    expect(cuts).toBeGreaterThan(100);
    expect(ids.size).toBe(1000);
    expect([...ids].filter(id => !NCHAN_ID.test(id))).toEqual([]);
    await publishing.completed();
  });

  it('sends a greeting, types, lines, and pings that are blocks without data', async () => {
    let received = '';
    const lifecycle = observe(
      fromEventSourceLifecycle(subscriber, {
        fetch: async (url: string, init?: RequestInit) => {
          const response = await fetch(url, init);
          const listen = new TransformStream<Uint8Array, Uint8Array>({
            transform: (chunk, controller) => {
              received += Buffer.from(chunk).toString();
              controller.enqueue(chunk);
            },
          });
          return new Response(response.body?.pipeThrough(listen), response);
        },
      }),
    );
    await publish('first', { 'x-eventsource-event': 'chat' });
    await until(() => received.includes('\nevent: ping\n\n'));
    await publish('\n second: \r\nthird');
    await lifecycle.find(item => item.kind === 'event' && item.event.data !== 'first');

    const lastEventId = expect.stringMatching(NCHAN_ID) as unknown as string;
    expect(lifecycle.values.slice(2)).toEqual([
      { kind: 'comment', text: 'hi' },
      { kind: 'event', event: { type: 'chat', data: 'first', lastEventId } },
      // The event type of the ping doesn't leak into this event.
      { kind: 'event', event: { type: 'message', data: '\n second: \nthird', lastEventId } },
    ]);
  });

  it('serves only clients that accept an event stream, which rx-sse does by default', async () => {
    const error = await observe(fromEventSource(subscriber, { headers: { accept: '*/*' } })).failed();
    expect(error).toBeInstanceOf(ResponseStatusError);
    expect(error).toMatchObject({ status: 403 });
  });

  it('starts from its oldest event if it has forgotten the requested id', async () => {
    for (const data of ['first', 'second']) await publish(data);
    const events = observe(fromEventSource(subscriber, { lastEventId: '1234567890:0' }));
    expect((await events.first(2)).map(({ data }) => data)).toEqual(['first', 'second']);
  });

  it('sees its subscriber go when the client unsubscribes', async () => {
    const lifecycle = observe(fromEventSourceLifecycle(subscriber));
    await lifecycle.find(ofKind('open'));
    await subscribers(1);
    lifecycle.subscription.unsubscribe();
    expect(await subscribers(0)).toMatchObject({ subscribers: 0 });
  });

  it('sends a comment with the reason when it ends a stream, and receives a request to resume', async () => {
    await publish('last');
    const lifecycle = observe(fromEventSourceLifecycle(subscriber, { reconnect: { delay: 1 } }));
    const { event } = await lifecycle.find(ofKind('event'));
    await (await fetch(publisher, { method: 'DELETE' })).text();

    const waiting = await lifecycle.find(ofKind('waiting'));
    expect(lifecycle.values.at(lifecycle.values.indexOf(waiting) - 1)).toEqual({
      kind: 'comment',
      text: '410: 410 Gone',
    });
    expect(waiting.error).toBeUndefined();
    await lifecycle.find(item => item.kind === 'open' && item.resumedFrom === event.lastEventId);
  });
});
