import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';

describe('the test kit in a page', () => {
  const chromium = useChromium();
  let server: SseServer;
  let page: Page;
  let noise: string[];
  beforeEach(async () => {
    server = await SseServer.start(undefined, pageAssets());
    ({ page, noise } = await chromium.openPage(server.origin));
  });
  afterEach(() => server.close());

  /** Runs the script in the page. Expects that it sends no request and writes nothing to the console. */
  const run = async <T>(script: () => T | Promise<T>): Promise<T> => {
    const result = (await page.evaluate(script)) as T;
    expect(server.exchanges).toEqual([]);
    expect(noise).toEqual([]);
    return result;
  };

  it('delivers events within the call that sends them', async () => {
    const seen = await run(() => {
      const fake = rxSse.testing.fakeEventSource();
      const events: unknown[] = [];
      const options = { fetch: fake.fetch, lastEventId: '日本' };
      const subscription = rxSse.fromEventSource('/chat', options).subscribe(event => events.push(event));
      const connection = fake.expectConnection({ url: '/chat', lastEventId: '日本' }).open();
      connection
        .send({ id: 1, data: { text: 'hi' } })
        .comment()
        .raw('data: a\n')
        .raw('\n');
      subscription.unsubscribe();
      fake.verify();
      return { events, state: connection.state };
    });
    expect(seen).toEqual({
      state: 'closed',
      events: [
        { type: 'message', data: '{"text":"hi"}', lastEventId: '1' },
        { type: 'message', data: 'a', lastEventId: '1' },
      ],
    });
  });

  it('waits for the next connection of a stream that reconnects', async () => {
    const ids = await run(async () => {
      const fake = rxSse.testing.fakeEventSource();
      const subscription = rxSse.fromEventSource('/chat', { fetch: fake.fetch, reconnect: { delay: 0 } }).subscribe();
      fake.expectConnection().open().send({ id: 1, data: 'a' }).break();
      const second = await fake.nextConnection();
      second.refuse(503);
      const third = await fake.nextConnection();
      third.open().send({ id: 2, data: 'b' }).end();
      const fourth = await fake.nextConnection();
      subscription.unsubscribe();
      fake.verify();
      return [second, third, fourth].map(({ lastEventId }) => lastEventId);
    });
    expect(ids).toEqual(['1', '1', '2']);
  });

  it('runs on a virtual clock', async () => {
    const seen = await run(() => {
      const { VirtualTimeScheduler, concat, interval, map, take, throwError } = rxSse.rxjs;
      const scheduler = new VirtualTimeScheduler();
      const fake = rxSse.testing.fakeEventSource(({ index }) =>
        concat(
          interval(10, scheduler).pipe(
            take(2),
            map(count => ({ id: `${index}.${count}`, data: `${scheduler.now()}` })),
          ),
          throwError(() => new Error('cut')),
        ),
      );
      const data: string[] = [];
      const reconnect = { delay: 100, jitter: 0 };
      rxSse
        .fromEventSource('/chat', { fetch: fake.fetch, scheduler, reconnect })
        .pipe(take(4))
        .subscribe(event => data.push(event.data));
      scheduler.flush();
      fake.verify();
      return data;
    });
    // The page has a history, so a stream reports a failure 60 ms later.
    expect(seen).toEqual(['10', '20', '190', '200']);
  });

  it('reports the connections that were left open', async () => {
    const fault = await run(() => {
      const fake = rxSse.testing.fakeEventSource();
      const subscription = rxSse.fromEventSource('/chat', { fetch: fake.fetch }).subscribe();
      try {
        fake.verify();
        return '';
      } catch (error) {
        return (error as Error).message;
      } finally {
        subscription.unsubscribe();
      }
    });
    expect(fault).toMatch(
      /^Expected no connection to be left open, but there is:\n {2}GET \/chat \(requested, 0 sent\), opened\n {4}at /,
    );
  });
});
