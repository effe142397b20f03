import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PublishedStream } from '../support/published-stream.js';
import { shareInPage } from '../support/share-in-page.js';
import { until } from '../support/until.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES, type WebPage } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

/** Resolves to everything that a page has received, when its newest event has that number. */
const seenUpTo = (page: WebPage, number: number) =>
  page.evaluate(
    number =>
      new Promise<(number | 'gap')[]>(resolve => {
        const look = () => (shared.seen.at(-1) === number ? resolve(shared.seen) : void setTimeout(look, 5));
        look();
      }),
    number,
  );

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))('shareAcrossTabs in %s', (_name, engine) => {
  const browser = useWebEngine(engine);
  const times: number[] = [];
  let stream: PublishedStream;
  let pages: WebPage[];
  beforeEach(async () => {
    stream = await PublishedStream.start(bundledAssets());
    pages = [];
  });
  afterEach(() => stream.close());
  afterAll(() => {
    times.sort((a, b) => a - b);
    const shown = times.map(time => Math.round(time)).join(', ');
    console.log(`${engine.name}: another tab is connected ${shown} ms after the leader’s connection is gone`);
  });

  async function open(): Promise<WebPage> {
    const page = await browser.open(`${stream.server.origin}/`);
    pages.push(page);
    await page.evaluate(shareInPage, {});
    await page.evaluate(
      () =>
        new Promise<void>(resolve => {
          const look = () => (shared.role === '' ? void setTimeout(look, 5) : resolve());
          look();
        }),
    );
    return page;
  }

  /** Calls `look` for one page after another: a driver may control only one page at a time. */
  async function ofEach<T>(look: (page: WebPage) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (const page of pages) all.push(await look(page));
    return all;
  }

  it.each<[string, (page: WebPage) => Promise<unknown>]>([
    ['is closed', page => page.close()],
    ['is navigated away', page => page.goto('about:blank')],
    ['unsubscribes', page => page.evaluate(() => shared.subscription.unsubscribe())],
  ])('when the leader %s, another tab takes over, and each tab receives each event once', async (_way, go) => {
    const first = await open();
    for (let index = 0; index < 3; index++) await open();
    stream.publish(100);
    for (const page of pages) expect(await seenUpTo(page, 100)).toEqual(numbers(1, 100));

    await go(first);
    pages.shift();
    stream.publish(100);
    for (const page of pages) expect(await seenUpTo(page, 200)).toEqual(numbers(1, 200));
    await until(() => stream.connections === 1);
    times.push(...stream.takeOvers);
    expect(Math.max(0, ...stream.overlaps)).toBeLessThan(2000);
    expect(stream.server.exchanges).toHaveLength(2);
    // The old page may still be closing when more events are published.
    expect(['100', '200']).toContain(stream.server.exchanges[1]?.lastEventId);

    // A tab that joins late starts with the next event.
    const late = await open();
    stream.publish(1);
    expect(await seenUpTo(late, 201)).toEqual([201]);
    const roles = await ofEach(page => page.evaluate(() => shared.role));
    expect(roles.sort()).toEqual(['follower', 'follower', 'follower', 'leader']);
  });

  it('completes in all tabs after endForAll', async () => {
    const first = await open();
    await open();
    stream.publish(1);
    for (const page of pages) await seenUpTo(page, 1);
    await first.evaluate(() => rxSse.tabs.endForAll('ada'));
    await until(() => stream.connections === 0);
    expect(await ofEach(page => page.evaluate(() => shared.status))).toEqual(['completed', 'completed']);
  });
});

// For Chromium, see spec/browser/tabs-over-time.spec.ts: playwright keeps the pages that it opens visible.
const HIDING = WEB_ENGINES.filter(({ name }) => name !== 'Chromium').map(engine => [engine.name, engine] as const);

describe('shareAcrossTabs in a hidden tab', () => {
  const browsers = HIDING.map(([name, engine]) => ({ name, browser: useWebEngine(engine) }));
  const hasRole = (page: WebPage, role: string) =>
    page.evaluate(
      role =>
        new Promise<string>(resolve => {
          const look = () => (shared.role === role ? resolve(document.visibilityState) : void setTimeout(look, 20));
          look();
        }),
      role,
    );

  // Tests all engines at once, because each takes 30 s.
  it('leads until another tab has been visible for 30 s; then each tab receives each event once', async () => {
    await Promise.all(
      browsers.map(async ({ name, browser }) => {
        const stream = await PublishedStream.start(bundledAssets());
        try {
          const hidden = await browser.openHidden(`${stream.server.origin}/`);
          await hidden.evaluate(shareInPage, {});
          expect([name, await hasRole(hidden, 'leader')]).toEqual([name, 'hidden']);
          const visible = await browser.open(`${stream.server.origin}/`);
          await visible.evaluate(shareInPage, {});
          await hasRole(visible, 'follower');
          stream.publish(10);
          for (const page of [hidden, visible]) await seenUpTo(page, 10);
          const started = performance.now();
          expect([name, await hasRole(visible, 'leader')]).toEqual([name, 'visible']);
          expect(performance.now() - started).toBeGreaterThan(20_000);
          stream.publish(10);
          for (const page of [hidden, visible]) expect(await seenUpTo(page, 20)).toEqual(numbers(1, 20));
          expect(await hasRole(hidden, 'follower')).toBe('hidden');
          await until(() => stream.connections === 1);
          // The hidden tab takes over if there is no other.
          await visible.close();
          await hasRole(hidden, 'leader');
          stream.publish(10);
          expect(await seenUpTo(hidden, 30)).toEqual(numbers(1, 30));
        } finally {
          await stream.close();
        }
      }),
    );
  });
});
