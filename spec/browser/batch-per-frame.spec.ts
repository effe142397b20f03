import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inPage } from '../support/in-page.js';
import { observe } from '../support/observe.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';
import { useTabs } from '../support/tabs.js';

interface Seen {
  /** The data of its events, by commas. */
  readonly values: string;
  /** How many frames had begun when it came. */
  readonly frame: number;
  /** When, in milliseconds of the page. */
  readonly at: number;
}

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start(undefined, pageAssets());
});
afterEach(() => server.close());

/** The batches of a stream in the page, each with the frame that it came in. */
const batches = (page: Page) =>
  observe(
    inPage<Seen>(page, () => {
      const { batchPerFrame, fromEventSource, rxjs } = rxSse;
      return new rxjs.Observable<Seen>(subscriber => {
        let frame = 0;
        // It is asked for before that of the batch: it is the first thing in each frame.
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

describe('a page that is shown', () => {
  const chromium = useChromium();

  it('has one batch for each frame at the most, and all events in order', async () => {
    const { page, noise } = await chromium.openPage(server.origin);
    const stream = batches(page);
    const exchange = (await server.exchange(0)).open();
    const sent = Array.from({ length: 5000 }, (_, index) => String(index));
    for (const number of sent) {
      exchange.send(`data: ${number}\n\n`);
      // The page has its turns.
      await new Promise(resolve => setImmediate(resolve));
    }
    exchange.end();
    const seen = await stream.completed();
    expect(seen.map(({ values }) => values).join()).toBe(sent.join());
    // What was collected when the stream ended waits for no frame.
    const frames = seen.slice(0, -1).map(({ frame }) => frame);
    expect(frames).toEqual([...new Set(frames)]);
    expect(frames.length).toBeGreaterThan(1);
    expect(noise).toEqual([]);
    process.stdout.write(`${sent.length} events in ${seen.length} batches\n`);
  });
});

describe('a page that is hidden behind another tab', () => {
  const tabs = useTabs();

  it('draws no frames, and has its batch within about a second', async () => {
    const page = await tabs.open(server.origin);
    const stream = batches(page);
    const exchange = (await server.exchange(0)).open().send('data: shown\n\n');
    const [shown] = await stream.first(1);
    expect(shown?.values).toBe('shown');

    const visible = observe(inPage(page, () => rxSse.pageVisible()));
    const other = await tabs.open('about:blank');
    await other.bringToFront();
    await visible.find(value => !value);
    // None is drawn while it is hidden: the number of frames stands still from the first batch to the second.
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
    // A hidden page's timers fire once a second: one of a second is late by another.
    expect(Math.max(...times)).toBeLessThan(5000);
  });
});
