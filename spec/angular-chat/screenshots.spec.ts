import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions } from 'playwright-core';
import { AngularChat } from './angular-chat.js';
import { violationsOf } from '../support/axe.js';
import { type ChatWindow, useWindows } from './window.js';

/** The screenshots are for people to look at. */
const FOLDER = join(import.meta.dirname, 'screenshots');
mkdirSync(FOLDER, { recursive: true });

/** 320 CSS pixels: a small phone, or a window of 1280 at a zoom of 400 %. 640: that window at 200 %. */
const LOOKS = [320, 640, 1280].flatMap(width =>
  (['light', 'dark'] as const).map((colorScheme): [string, BrowserContextOptions] => [
    `${width}-${colorScheme}`,
    { viewport: { width, height: 760 }, colorScheme, ...(width < 640 ? { hasTouch: true, isMobile: true } : {}) },
  ]),
);

const TALK: [string, string][] = [
  ['Bob', 'Morning. Is the release out?'],
  ['Ada', 'Since nine. The streams of the old server were cut, and every client came back by itself.'],
  ['Bob', 'Nothing lost?'],
  ['Ada', 'Nothing lost, and nothing twice. The log has all the numbers.'],
  ['Grace', 'I was in the train when it happened: tunnel, no network, and then all of it at once.\nI like that.'],
  ['Bob', 'https://example.org/a/very/long/address/that/has/no/place/to/break/in/it/and/goes/on/and/on/and/on'],
  ['Ada', 'Lunch?'],
];

const windows = useWindows();
let chat: AngularChat;
beforeEach(async () => {
  chat = await AngularChat.start('--trouble', '--retry', '20000');
});
afterEach(() => chat.close());

describe.each(LOOKS)('%s', (look, options) => {
  /** Takes a screenshot. Expects no sideways scrolling and no violations found by axe-core. */
  const capture = async ({ page }: ChatWindow, state: string) => {
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(FOLDER, `${state}-${look}.png`), animations: 'disabled', caret: 'hide' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await violationsOf(page)).toEqual([]);
  };

  it('renders the login: empty, and without a name', async () => {
    const window = await windows.open(chat, options);
    await window.join.waitFor();
    await capture(window, 'login');
    await window.join.click();
    await window.page.getByRole('alert').filter({ hasText: 'name' }).waitFor();
    await capture(window, 'login-without-a-name');
    expect(window.noise).toEqual([]);
  });

  it('renders the chat: empty, open, unsent, offline, waiting and failed', async () => {
    const window = await windows.open(chat, options);
    await window.logIn('Ada');
    await window.page.getByText('No messages yet').waitFor();
    await capture(window, 'empty');

    const names = [...new Set(TALK.map(([name]) => name))];
    const guests = new Map(await Promise.all(names.map(async name => [name, await chat.guest(name)] as const)));
    const others = await Promise.all(['Bob', 'Grace'].map(async name => (await windows.open(chat)).logIn(name)));
    for (const [name, message] of TALK) await guests.get(name)?.say(message);
    await window.shownUpTo('Lunch?');
    await window.present('Ada', 'Bob', 'Grace');
    await window.message.fill('In ten minutes');
    await capture(window, 'open');
    expect(await window.shown()).toHaveLength(TALK.length);

    await window.page.route('**/api/chat/new', route => route.abort());
    await window.send.click();
    await window.sendAgain.waitFor();
    await capture(window, 'unsent');

    await window.context.setOffline(true);
    await chat.trouble('cut');
    await window.banner.getByText('You are offline.', { exact: true }).waitFor();
    await capture(window, 'offline');
    await window.context.setOffline(false);
    await window.connection('open');

    await chat.trouble('refuse', 600_000);
    await window.connection('waiting');
    await window.tryNow.waitFor();
    await capture(window, 'waiting');

    await window.page.route('**/api/chat/stream', route => route.fulfill({ status: 404, json: { error: 'Gone' } }));
    await window.tryNow.click();
    await window.connection('failed');
    await capture(window, 'failed');
    expect(others).toHaveLength(2);
  });
});
