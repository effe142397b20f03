import { beforeEach, describe, expect, it } from '@jest/globals';
import { chromium } from 'playwright-core';
import { findChromium } from '../support/chromium.js';
import type { AngularChat } from './angular-chat.js';
import { numbered } from './numbered.js';
import { useTwoPeople } from './use-two-people.js';
import { type ChatWindow, complaintsOf } from './window.js';

const { windows, ...people } = useTwoPeople();
let chat: AngularChat;
let ada: ChatWindow;
let bob: ChatWindow;
const start = async (...args: string[]) => {
  ({ chat, ada, bob } = await people.start(...args));
};

describe('two people', () => {
  beforeEach(() => start());

  it('see all messages once and in order, and who is present', async () => {
    await ada.present('Ada', 'Bob');
    await bob.present('Ada', 'Bob');
    for (let number = 1; number <= 10; number++) {
      const [speaker, listener] = number % 2 ? [ada, bob] : [bob, ada];
      await speaker.say(String(number));
      await listener.shownUpTo(String(number));
    }
    expect(await ada.shownUpTo('10')).toEqual(numbered(10));
    expect(await bob.shownUpTo('10')).toEqual(numbered(10));
    expect([...ada.noise, ...bob.noise]).toEqual([]);
  });

  it('are counted as people, not as windows, and disappear when their last window closes', async () => {
    const second = await windows.openBeside(bob, chat);
    await second.connection('open');
    await second.present('Ada', 'Bob');
    const streams = chat.streams();
    await streams.find(({ chat, presence }) => chat === 3 && presence === 2);
    await bob.page.close();
    await streams.find(({ chat, presence }) => chat === 2 && presence === 2);
    // This message arrives after any change that the closed window would have caused.
    await second.say('1');
    await ada.shownUpTo('1');
    await ada.present('Ada', 'Bob');
    await second.page.close();
    await ada.present('Ada');
    expect([...ada.noise, ...second.noise]).toEqual([]);
  });

  it('see messages as plain text, even with markup in them', async () => {
    const text = '<img src=x onerror="alert(1)"> & {{ 1 + 1 }} \u202e 😀';
    await ada.say(text);
    expect(await bob.shownUpTo(text)).toEqual([[1, text]]);
    expect([...ada.noise, ...bob.noise]).toEqual([]);
  });
});

describe('two windows of one person', () => {
  beforeEach(() => start('--retry', '100'));

  it('share storage: the server sends a window that fell behind what the other already has, and nothing is lost', async () => {
    const second = await windows.openBeside(ada, chat);
    await second.connection('open');
    const guest = await chat.guest('Carol');
    await guest.say('1');
    for (const window of [ada, second]) await window.shownUpTo('1');
    await second.page.route('**/api/chat/stream', route => route.fulfill({ status: 404 }));
    await chat.trouble('cut');
    await second.connection('failed');
    await guest.say('2');
    await ada.shownUpTo('2');
    await second.page.unroute('**/api/chat/stream');
    await second.page.getByRole('button', { name: 'Connect again' }).click();
    await guest.say('3');
    for (const window of [ada, second]) {
      expect(await window.shownUpTo('3')).toEqual(numbered(3));
      await window.page.reload();
      expect(await window.shownUpTo('3')).toEqual(numbered(3));
      expect(complaintsOf(window)).toEqual([]);
    }
  });

  it('share one presence connection: when its window closes, the other takes over, and nobody sees them leave', async () => {
    const names = () => ada.here.locator('li .name').allInnerTexts();
    await bob.present('Ada', 'Bob');
    const second = await windows.openBeside(bob, chat);
    await second.present('Ada', 'Bob');
    expect(second.requested('/api/presence/stream')).toEqual([]);
    expect(await names()).toEqual(['Ada', 'Bob']);
    const changes = await ada.here.evaluateHandle(list => {
      const seen: string[] = [];
      const options = { childList: true, subtree: true, characterData: true };
      new MutationObserver(() => seen.push((list as HTMLElement).innerText)).observe(list, options);
      return seen;
    });
    const streams = chat.streams();
    await bob.page.close();
    await streams.find(({ chat, presence }) => chat === 2 && presence === 2);
    await second.page.locator('[data-presence-connection="open"]').waitFor();
    expect(second.requested('/api/presence/stream')).toHaveLength(1);
    // Carol's arrival comes after any change that the takeover would have caused.
    const third = await (await windows.open(chat)).logIn('Carol');
    for (const window of [ada, second, third]) await window.present('Ada', 'Bob', 'Carol');
    expect((await changes.jsonValue()).filter(text => !text.includes('Bob'))).toEqual([]);
    await third.leave.click();
    for (const window of [ada, second]) await window.present('Ada', 'Bob');
    expect([ada, second, third].flatMap(({ noise }) => noise)).toEqual([]);
  });

  it('leave together: leaving in one window ends the session in the other', async () => {
    const second = await windows.openBeside(ada, chat);
    await second.present('Ada', 'Bob');
    await second.leave.click();
    await ada.page.getByText('Your session has ended.').waitFor();
    await bob.present('Bob');
    await second.logIn('Ada');
    await ada.logIn('Ada');
    for (const window of [ada, second, bob]) await window.present('Ada', 'Bob');
    expect([ada, second].flatMap(complaintsOf)).toEqual([]);
  });

  it('are one person: a window doesn’t send its message as the user who joined in the other', async () => {
    // A browser without locks: its windows share nothing and don't notify each other.
    await ada.context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
    await ada.page.reload();
    await ada.connection('open');
    const second = await windows.openBeside(ada, chat);
    await second.connection('open');
    await second.leave.click();
    await second.logIn('Eve');
    await chat.trouble('expire');
    await ada.say('1');
    await ada.page.getByRole('alert').filter({ hasText: 'Not sent. You are now Eve' }).waitFor();
    await bob.present('Bob', 'Eve');
    expect(await bob.shown()).toEqual([]);
    await ada.send.click();
    expect(await bob.shownUpTo('1')).toEqual(numbered(1));
    expect(await bob.log.locator('.meta b').allInnerTexts()).toEqual(['Eve']);
    expect([ada, second, bob].flatMap(complaintsOf)).toEqual([]);
  });
});

describe('a page that is left', () => {
  beforeEach(() => start());

  const leaves: [string, (window: ChatWindow) => Promise<unknown>][] = [
    ['for another page', ({ page }) => page.goto('about:blank')],
    ['by closing its window', ({ page }) => page.close({ runBeforeUnload: true })],
    ['with its Leave button', ({ leave }) => leave.click()],
  ];
  it.each(leaves)('%s: closes its streams, and its name disappears', async (_how, leave) => {
    const streams = chat.streams();
    await streams.find(({ chat, presence }) => chat === 2 && presence === 2);
    await bob.present('Ada', 'Bob');
    await leave(ada);
    await streams.find(({ chat, presence }) => chat === 1 && presence === 1);
    await bob.present('Bob');
    expect([...ada.noise, ...bob.noise]).toEqual([]);
  });

  it('for another page, with a back/forward cache: closes its streams, and opens them again on return', async () => {
    const keeping = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    try {
      const eve = await windows.openIn(await keeping.newContext(), chat);
      await eve.logIn('Eve');
      await bob.present('Ada', 'Bob', 'Eve');
      await eve.page.goto(`${chat.origin.replace('127.0.0.1', 'localhost')}/`);
      await bob.present('Ada', 'Bob');
      await eve.page.goBack();
      await bob.present('Ada', 'Bob', 'Eve');
      expect([...eve.noise, ...bob.noise]).toEqual([]);
    } finally {
      await keeping.close();
    }
  });

  it('with its Leave button: clears its storage, and requires the next user to log in', async () => {
    await ada.say('1');
    await ada.shownUpTo('1');
    await ada.leave.click();
    await ada.join.waitFor();
    expect(await ada.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await ada.page.reload();
    await ada.join.waitFor();
    await ada.logIn('Eve');
    await bob.present('Bob', 'Eve');
    expect([...ada.noise, ...bob.noise]).toEqual([]);
  });
});

describe('a reloaded page', () => {
  beforeEach(() => start());

  it('shows the history at once, and resumes where it stopped', async () => {
    const guest = await chat.guest('Carol');
    for (const [, text] of numbered(5)) await guest.say(text);
    await ada.shownUpTo('5');
    // The server refuses the stream, so the history comes from the page's own storage.
    await chat.trouble('refuse', 600_000);
    await guest.say('6');
    await ada.page.reload();
    expect(await ada.shownUpTo('5')).toEqual(numbered(5));
    await chat.trouble('refuse', 0);
    await ada.tryNow.click();
    expect(await ada.shownUpTo('6')).toEqual(numbered(6));
    const resumed = (await ada.handshakes('chat')).slice(1);
    expect(new Set(resumed.map(({ after }) => after))).toEqual(new Set(['5']));
    expect(resumed.at(-1)?.status).toBe(200);
    expect(complaintsOf(ada)).toEqual([]);
  });

  it('needs no new login, and logs nothing to the console', async () => {
    await ada.say('1');
    await ada.shownUpTo('1');
    await ada.page.reload();
    await ada.connection('open');
    expect(await ada.shownUpTo('1')).toEqual(numbered(1));
    await ada.present('Ada', 'Bob');
    expect(ada.noise).toEqual([]);
  });
});
