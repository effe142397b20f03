import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inPage } from '../support/in-page.js';
import { observe } from '../support/observe.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';
import { useTabs } from '../support/tabs.js';

interface Seen {
  /** The data of the events, joined with commas. */
  readonly values: string;
  /** The number of frames that had started when the batch arrived. */
  readonly frame: number;
  /** The time of the batch, in milliseconds of the page. */
  readonly at: number;
}

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start(undefined, pageAssets());
});
afterEach(() => server.close());

/** Emits the batches of a stream in the page, each with its frame. */
const batches = (page: Page) =>
  observe(
    inPage<Seen>(page, () => {
      const { batchPerFrame, fromEventSource, rxjs } = rxSse;
      return new rxjs.Observable<Seen>(subscriber => {
        let frame = 0;
        // Requested before the frame of the batch, so it comes first in each frame.
        const count = () => {
          frame++;
          if (!subscriber.closed) requestAnimationFrame(count);
        };
        requestAnimationFrame(count);
        return fromEventSource('/stream', { reconnect: false })
          .pipe(
            batchPerFrame(),
            rxjs.map(events => ({ values: events.map(({ data }) => data).join(), frame, at: performance.now() })),
          )
          .subscribe(subscriber);
      });
    }),
  );

describe('a visible page', () => {
  const chromium = useChromium();

  it('receives at most one batch per frame, and all events in order', async () => {
    const { page, noise } = await chromium.openPage(server.origin);
    const stream = batches(page);
    const exchange = (await server.exchange(0)).open();
    const sent = Array.from({ length: 5000 }, (_, index) => String(index));
    for (const number of sent) {
      exchange.send(`data: ${number}\n\n`);
      // Lets the page run between the events.
      await new Promise(resolve => setImmediate(resolve));
    }
    exchange.end();
    const seen = await stream.completed();
    expect(seen.map(({ values }) => values).join()).toBe(sent.join());
    // The last batch was collected when the stream ended, so it waits for no frame.
    const frames = seen.slice(0, -1).map(({ frame }) => frame);
    expect(frames).toEqual([...new Set(frames)]);
    expect(frames.length).toBeGreaterThan(1);
    expect(noise).toEqual([]);
    process.stdout.write(`${sent.length} events in ${seen.length} batches\n`);
  });
});

describe('a page hidden behind another tab', () => {
  const tabs = useTabs();

  it('draws no frames, and receives its batch within about a second', async () => {
    const page = await tabs.open(server.origin);
    const stream = batches(page);
    const exchange = (await server.exchange(0)).open().send('data: shown\n\n');
    const [shown] = await stream.first(1);
    expect(shown?.values).toBe('shown');

    const visible = observe(inPage(page, () => rxSse.pageVisible()));
    const other = await tabs.open('about:blank');
    await other.bringToFront();
    await visible.find(value => !value);
    // A hidden page draws no frames: their number is the same for all batches.
    const times: number[] = [];
    const frames: number[] = [];
    for (const number of [1, 2, 3]) {
      const asked = await page.evaluate(() => performance.now());
      exchange.send(`data: ${number}\n\n`);
      const { at, frame } = await stream.find(({ values }) => values === String(number));
      times.push(Math.round(at - asked));
      frames.push(frame);
    }
    process.stdout.write(`hidden: batches after ${times.join(', ')} ms\n`);
    expect(new Set(frames).size).toBe(1);
    // A hidden page's timers fire once a second, so a timer of one second can be late by another.
    expect(Math.max(...times)).toBeLessThan(5000);
  });
});
