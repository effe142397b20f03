import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../support/chromium.js';
import { pageAssets } from '../support/page.js';
import { PublishedStream } from '../support/published-stream.js';
import { shareInPage, type ShareInPageOptions } from '../support/share-in-page.js';
import { faultsIn, hasRole, hasSeen, roleOf } from '../support/shared-pages.js';
import { useTabs } from '../support/tabs.js';
import { until } from '../support/until.js';

const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

describe('shareAcrossTabs in Chromium, over time', () => {
  const tabs = useTabs();
  let stream: PublishedStream;
  let pages: Page[];
  beforeEach(async () => {
    stream = await PublishedStream.start(pageAssets());
    pages = [];
  });
  afterEach(async () => {
    await Promise.all(pages.map(page => page.close()));
    await stream.close();
  });

  async function open(options?: ShareInPageOptions): Promise<Page> {
    const page = await tabs.open(stream.server.origin);
    pages.push(page);
    await page.evaluate(shareInPage, options);
    await page.waitForFunction(() => shared.role !== '', undefined, { polling: 5 });
    return page;
  }

  /** Expects that all pages have received all events, and that there is one connection. */
  async function expectAll(): Promise<void> {
    for (const page of pages) await hasSeen(page, stream.published);
    for (const page of pages) expect(await faultsIn(page)).toEqual([]);
    await until(() => stream.connections === 1);
  }

  it('replaces a leader that stops without a word, and makes it a follower when it continues [pitfall 61]', async () => {
    const [first, second] = [await open(), await open()];
    await open();
    stream.publish(10);
    await expectAll();
    // A debugger pauses the page: no event, no timer, no message, as in a page that a phone has suspended.
    const devtools = await first.context().newCDPSession(first);
    await devtools.send('Debugger.enable');
    const isHeld = new Promise(resolve => devtools.once('Debugger.paused', resolve));
    await devtools.send('Debugger.pause');
    stream.publish(10);
    await isHeld;
    const started = performance.now();
    pages.shift();
    for (const page of pages) await hasSeen(page, 20);
    console.log(`taken over from a leader that is silent after ${Math.round(performance.now() - started)} ms`);
    expect(stream.connections).toBe(2);
    stream.publish(10);
    for (const page of pages) await hasSeen(page, 30);

    await devtools.send('Debugger.resume');
    pages.push(first);
    await hasRole(first, 'follower');
    stream.publish(10);
    await expectAll();
    expect((await Promise.all(pages.map(roleOf))).sort()).toEqual(['follower', 'follower', 'leader']);
    expect(await roleOf(second)).not.toBe('');
  });

  it('makes a visible tab the leader after the old one was hidden for 30 s, even if the clock changes [pitfall 60]', async () => {
    const [first, second] = [await open(), await open()];
    stream.publish(10);
    await expectAll();
    // The second page was opened in front of the first.
    expect(await first.evaluate(() => document.visibilityState)).toBe('hidden');
    expect(await second.evaluate(() => document.visibilityState)).toBe('visible');
    const started = performance.now();
    for (const [page, hours] of [
      [first, 1],
      [second, -1],
    ] as const) {
      await page.evaluate(hours => {
        const { now } = Date;
        Date.now = () => now() + hours * 3_600_000;
      }, hours);
    }
    await hasRole(second, 'leader');
    expect(performance.now() - started).toBeGreaterThan(25_000);
    stream.publish(10);
    await expectAll();
    expect([await roleOf(first), await roleOf(second)]).toEqual(['follower', 'leader']);
    expect(stream.server.exchanges.map(({ lastEventId }) => lastEventId ?? '')).toEqual(['', '10']);
    expect(Math.max(...stream.overlaps)).toBeLessThan(2000);
  });

  it(`delivers each event once, in order, if a channel loses a tenth, delays and reorders [pitfall 62] (SEED=${SEED})`, async () => {
    const weather = (index: number) => ({ weather: { seed: SEED + index, loss: 0.1, delay: 50 } });
    for (let index = 0; index < 3; index++) await open(weather(index));
    for (let round = 0; round < 4; round++) {
      for (let burst = 0; burst < 10; burst++) {
        stream.publish(25);
        for (const page of pages) await page.evaluate(() => shared.seen.length);
      }
      // The leader has the connection, so it receives all events.
      for (const page of pages) if ((await roleOf(page)) === 'leader') await hasSeen(page, stream.published);
      await pages.shift()?.close();
      await open(weather(10 + round));
    }
    for (const page of pages) await page.evaluate(() => (shared.isFine = true));
    // The first message to arrive shows what is missing.
    await until(() => stream.connections === 1);
    stream.publish(1);
    await expectAll();
    expect(stream.server.exchanges.length).toBeLessThanOrEqual(10);
  });

  it('puts tabs with another version of the protocol into a group of their own [pitfall 62]', async () => {
    const bundle = readFileSync(process.env['RX_SSE_BUNDLE'] ?? '', 'utf8');
    const names = bundle.match(/rx-sse\/tabs\/\d+\//g);
    expect(names).toHaveLength(1);
    const old = bundle.replaceAll('rx-sse/tabs/1/', 'rx-sse/tabs/0/');
    const [one, two] = [await open(), await open()];
    // The same origin, as after an update while tabs are open.
    const before = [await tabs.open('about:blank'), await tabs.open('about:blank')];
    for (const page of before) {
      await page.route('**/rx-sse.js', route => route.fulfill({ contentType: 'text/javascript', body: old }));
      await page.goto(stream.server.origin);
      await page.evaluate(shareInPage, {});
      await hasRole(page, page === before[0] ? 'leader' : 'follower');
    }
    await until(() => stream.connections === 2);
    stream.publish(10);
    for (const page of [one, two, ...before]) {
      await hasSeen(page, 10);
      expect(await faultsIn(page)).toEqual([]);
    }
    await one.evaluate(() => rxSse.tabs.endForAll('ada'));
    await until(() => stream.connections === 1);
    expect(await before[0]?.evaluate(() => shared.status)).toBe('live');
  });
});

describe('shareAcrossTabs in Chromium, with the back/forward cache', () => {
  it('makes a leader that was left and comes back a follower, and delivers what it missed [pitfall 61]', async () => {
    const stream = await PublishedStream.start(pageAssets());
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    try {
      const context = await browser.newContext();
      const pages = [await context.newPage(), await context.newPage()] as const;
      for (const page of pages) {
        await page.goto(stream.server.origin);
        await page.evaluate(shareInPage, {});
        await hasRole(page, page === pages[0] ? 'leader' : 'follower');
      }
      const [first, second] = pages;
      await until(() => stream.connections === 1);
      stream.publish(10);
      for (const page of pages) await hasSeen(page, 10);
      for (let times = 1; times <= 3; times++) {
        await first.goto(`${stream.server.origin.replace('127.0.0.1', 'localhost')}/`);
        await hasRole(second, 'leader');
        stream.publish(10);
        await hasSeen(second, stream.published);
        await first.goBack({ waitUntil: 'commit' });
        // It is the same page, and still has its earlier events.
        await hasSeen(first, stream.published);
        expect(await faultsIn(first)).toEqual([]);
        expect([await roleOf(first), await roleOf(second)]).toEqual(['follower', 'leader']);
        await until(() => stream.connections === 1);
        // Now the other page is left, and comes back.
        await second.goto('about:blank');
        await hasRole(first, 'leader');
        await second.goBack({ waitUntil: 'commit' });
        stream.publish(10);
        for (const page of pages) await hasSeen(page, stream.published);
        for (const page of pages) expect(await faultsIn(page)).toEqual([]);
        await second.evaluate(() => shared.subscription.unsubscribe());
        await second.evaluate(shareInPage, {});
        await hasRole(second, 'follower');
        stream.publish(1);
        for (const page of pages) await hasSeen(page, stream.published);
      }
      expect(stream.server.exchanges.map(({ lastEventId }) => Number(lastEventId ?? 0))).toEqual(
        expect.arrayContaining([0, 10]),
      );
    } finally {
      await browser.close();
      await stream.close();
    }
  });
});

describe('seven tabs over HTTP/1.1', () => {
  const tabs = useTabs();
  let stream: PublishedStream;
  beforeEach(async () => {
    stream = await PublishedStream.start(pageAssets());
  });
  afterEach(() => stream.close());

  /** Opens a tab, and returns the time until its first event, in milliseconds. */
  async function timeToEvent(subscribe: () => void): Promise<number> {
    const started = performance.now();
    const page = await tabs.open(stream.server.origin);
    await page.evaluate(subscribe);
    const expected = stream.published + 1;
    await page.waitForFunction(() => shared.role !== '', undefined, { polling: 5 });
    stream.publish(1);
    await hasSeen(page, expected);
    return performance.now() - started;
  }

  it('share one connection with shareAcrossTabs: the seventh doesn’t wait, and three more don’t either', async () => {
    const times: number[] = [];
    for (let tab = 1; tab <= 10; tab++) times.push(await timeToEvent(shareInPage));
    console.log(`tabs that share, to their first event: ${times.map(Math.round).join(', ')} ms`);
    expect(stream.server.exchanges).toHaveLength(1);
  });

  it('need a connection each without shareAcrossTabs: the seventh waits until another closes [pitfall 41]', async () => {
    const aloneInPage = () => {
      const state = { seen: [] as number[], role: '' };
      Object.assign(globalThis, { shared: state });
      rxSse.fromEventSourceLifecycle('/stream').subscribe(step => {
        if (step.kind === 'open') state.role = 'alone';
        if (step.kind === 'event') state.seen.push(Number(step.event.data));
      });
    };
    const times: number[] = [];
    const first = await tabs.open(stream.server.origin);
    await first.evaluate(aloneInPage);
    await until(() => stream.connections === 1);
    for (let tab = 2; tab <= 6; tab++) times.push(await timeToEvent(aloneInPage));
    // Even its page doesn't load.
    let hasOpened = false;
    const seventh = timeToEvent(aloneInPage).then(time => {
      hasOpened = true;
      return time;
    });
    for (let number = 0; number < 50; number++) {
      stream.publish(1);
      await hasSeen(first, stream.published);
    }
    expect([stream.connections, hasOpened]).toEqual([6, false]);
    const waited = performance.now();
    await first.close();
    await until(() => stream.connections === 6 && stream.server.exchanges.length === 7);
    console.log(
      `tabs that don't share, to their first event: ${times.map(Math.round).join(', ')} ms; the seventh ${Math.round(await seventh)} ms, ${Math.round(performance.now() - waited)} ms after another was closed`,
    );
  });
});
