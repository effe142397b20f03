import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { buildPage } from '../../examples/chat/build-page.js';
import { ChatServer } from '../../examples/chat/server/chat-server.js';
import { FileMessageStore } from '../../examples/chat/server/file-message-store.js';
import { violationsOf } from '../support/axe.js';
import { useChromium } from '../support/page.js';
import { until } from '../support/until.js';

/** The screenshots, for people to look at. */
const FOLDER = join(import.meta.dirname, 'screenshots');
mkdirSync(FOLDER, { recursive: true });

/**
 * The sizes of the viewport. 320 CSS pixels are a small phone, or a window of 1280 at a zoom of 400 %. 640 by 380 are a
 * window of 1280 by 760 at 200 %.
 */
const LOOKS = [
  [320, 640],
  [640, 380],
  [1280, 760],
].flatMap(([width = 0, height = 0]) =>
  (['light', 'dark'] as const).map((colorScheme): [string, BrowserContextOptions] => [
    `${width}-${colorScheme}`,
    { viewport: { width, height }, colorScheme, reducedMotion: 'reduce' },
  ]),
);

const chromium = useChromium();
let server: ChatServer;
let folder: string;
let pageFolder: string;
beforeAll(() => {
  pageFolder = buildPage();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-page-spec-'));
  server = await ChatServer.start({
    port: 0,
    pageFolder,
    openStore: () => FileMessageStore.open(folder),
    // So long that the page reconnects at once only with “Try now”.
    retry: 20_000,
    heartbeat: 2000,
  });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const open = async (options?: BrowserContextOptions) => (await chromium.openPage(server.origin, options)).page;
const state = (page: Page, kind: string) => page.locator(`#connection[data-kind=${kind}]`).waitFor();
const count = async (page: Page, name: string) => Number(await page.locator(`#${name}`).innerText());
const trouble = (page: Page, name: string) => page.locator(`[data-trouble=${name}]`);
const openPanel = async (page: Page) => {
  const panel = page.locator('#trouble-panel');
  if ((await panel.getAttribute('open')) === null) await panel.locator('summary').click();
};

describe.each(LOOKS)('%s', (look, options) => {
  /** Takes a screenshot. Expects that the page doesn't scroll sideways, and that axe-core finds no violation. */
  const capture = async (page: Page, name: string) => {
    await page.screenshot({ path: join(FOLDER, `chat-${name}-${look}.png`), animations: 'disabled', caret: 'hide' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await violationsOf(page)).toEqual([]);
  };

  it('fits the viewport and passes axe-core: empty, open, waiting, after a gap, paused, and unable to send', async () => {
    const page = await open(options);
    await page.getByText('No messages yet').waitFor();
    await page.locator('#timeline svg').waitFor({ state: 'attached' });
    await capture(page, 'empty');

    for (const text of ['Hello', 'Is anybody there?', 'a-word-that-has-no-place-to-break-'.repeat(6)]) {
      await page.locator('#message').fill(text);
      await page.locator('#message').press('Enter');
      await page.locator('.message').getByText(text).waitFor();
    }
    await capture(page, 'open');

    // The messages have enough room.
    const { height = 0 } = (await page.locator('#messages').boundingBox()) ?? {};
    expect(height).toBeGreaterThanOrEqual(140);

    await openPanel(page);
    await trouble(page, 'refuse-with-retry-after').scrollIntoViewIfNeeded();
    await capture(page, 'panel');
    server.trouble.refuse(600_000, 60);
    await state(page, 'waiting');
    await capture(page, 'waiting');
    server.trouble.refuse(0);
    await page.locator('#try-now').click();
    await state(page, 'open');

    await trouble(page, 'gap').click();
    await state(page, 'waiting');
    await until(() => fetch(`${server.origin}/chat/stream`, { method: 'HEAD' }).then(({ ok }) => ok));
    await page.locator('#try-now').click();
    await page.locator('.note[data-kind=mark]').waitFor();
    await state(page, 'open');
    await capture(page, 'gap');

    await page.locator('#pause').click();
    await state(page, 'paused');
    await capture(page, 'paused');
    await server.close();
    await page.locator('#message').fill('Nobody hears this');
    await page.locator('#message').press('Enter');
    await page.getByText('Maybe sent: the server can’t be reached').waitFor();
    expect(await page.locator('#message').inputValue()).toBe('Nobody hears this');
    await capture(page, 'unsent');
  });
});

it('the chat page works with the keyboard alone: sending a message, causing each kind of trouble, pausing', async () => {
  const page = await open();
  await state(page, 'open');
  const focus = async (selector: string) => {
    for (let presses = 0; presses < 40; presses++) {
      if (await page.locator(selector).evaluate(element => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Expected to come to ${selector} by Tab`);
  };
  await focus('#message');
  await page.keyboard.type('one');
  await page.keyboard.press('Enter');
  await page.locator('.message').getByText('one').waitFor();
  for (const kind of ['cut', 'restart', 'refuse', 'refuse-with-retry-after', 'gap', 'silence']) {
    await focus(`[data-trouble=${kind}]`);
    const done = page.waitForResponse(`**/trouble/${kind}`);
    await page.keyboard.press('Enter');
    await done;
    await state(page, 'waiting');
    server.trouble.refuse(0);
    await until(() =>
      fetch(server.origin).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await focus('#try-now');
    await page.keyboard.press('Enter');
    await state(page, 'open');
    // The button is gone, but the focus isn't lost.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('pause');
  }
  await page.keyboard.press('Space');
  await state(page, 'paused');
  await page.keyboard.press('Space');
  await state(page, 'open');
  expect([await count(page, 'lost'), await count(page, 'doubled'), await count(page, 'gaps')]).toEqual([0, 0, 1]);
});

it('the ticks of the metronome arrive without a gap, even if a request is slow or fails', async () => {
  const page = await open();
  await page.locator('#start-posting').click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('keep-posting');
  const ticks = () => page.locator('.message .bubble').allInnerTexts();
  const shows = (tick: number) => page.locator('.message').getByText(`Tick ${tick}`, { exact: true }).waitFor();
  await shows(2);
  // A request that takes longer than the time between two ticks.
  await page.route('**/chat/new*', async route => {
    await new Promise(resolve => setTimeout(resolve, 900));
    await route.continue();
  });
  await shows(4);
  await page.unrouteAll({ behavior: 'wait' });
  // A request that fails.
  await page.route('**/chat/new*', route => route.abort());
  await page.getByText('Maybe sent: the server can’t be reached').waitFor();
  await page.unroute('**/chat/new*');
  await shows(6);
  await page.locator('#keep-posting').uncheck();
  const seen = await ticks();
  expect(seen).toEqual(seen.map((_, index) => `Tick ${index + 1}`));
  expect(await count(page, 'lost')).toBe(0);
});
