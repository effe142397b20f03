import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AngularChat } from './angular-chat.js';
import { numbered } from './numbered.js';
import { useTwoPeople } from './use-two-people.js';
import { type ChatWindow, complaintsOf } from './window.js';

const people = useTwoPeople();
let chat: AngularChat;
let ada: ChatWindow;
let bob: ChatWindow;
const start = async (...args: string[]) => {
  ({ chat, ada, bob } = await people.start(...args));
};

describe('a chat in trouble', () => {
  beforeEach(() => start('--retry', '100'));

  /** Posts messages as a user without a window, during the trouble and after it, and expects that both windows show them. */
  const postWhile = async (trouble: (number: number) => Promise<void>) => {
    const guest = await chat.guest('Carol');
    for (let number = 1; number <= 20; number++) {
      await guest.say(String(number));
      await trouble(number);
    }
    for (const window of [ada, bob]) {
      expect(await window.shownUpTo('20')).toEqual(numbered(20));
      await window.connection('open');
      expect(complaintsOf(window)).toEqual([]);
    }
  };

  it('loses and repeats no message when the streams are cut again and again', async () => {
    await postWhile(async number => {
      if (number % 4 === 0) await chat.trouble('cut');
    });
    const handshakes = await ada.handshakes('chat');
    expect(handshakes.length).toBeGreaterThan(1);
    // Each attempt resumes where the previous one stopped.
    const positions = handshakes.map(({ after }) => Number(after ?? 0));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBeGreaterThan(0);
    await ada.present('Ada', 'Bob');
    await bob.present('Ada', 'Bob');
  });

  it('loses and repeats no message when the server restarts, and shows that it is waiting', async () => {
    const guest = await chat.guest('Carol');
    await guest.say('1');
    for (const window of [ada, bob]) expect(await window.shownUpTo('1')).toEqual(numbered(1));
    await chat.trouble('restart', 1500);
    for (const window of [ada, bob]) await window.connection('waiting');
    for (const window of [ada, bob]) await window.connection('open');
    await guest.say('2');
    for (const window of [ada, bob]) {
      expect(await window.shownUpTo('2')).toEqual(numbered(2));
      await window.present('Ada', 'Bob');
      expect(complaintsOf(window)).toEqual([]);
    }
    expect((await ada.handshakes('chat')).at(-1)).toMatchObject({ after: '1', status: 200 });
    // The login survives the restart: the server accepts the same token.
    await ada.say('3');
    expect(await bob.shownUpTo('3')).toEqual(numbered(3));
  });

  it('refreshes a rejected token within the attempt, which keeps its Last-Event-ID', async () => {
    const guest = await chat.guest('Carol');
    await guest.say('1');
    await ada.shownUpTo('1');
    // Aborts the presence stream, so that the chat stream is the one to find the token rejected.
    await ada.page.route('**/api/presence/stream', route => route.abort());
    await chat.trouble('expire');
    await chat.trouble('cut');
    const again = await chat.guest('Carol');
    await again.say('2');
    expect(await ada.shownUpTo('2')).toEqual(numbered(2));

    const [first, ...reconnected] = await ada.handshakes('chat');
    expect(first).toMatchObject({ status: 200 });
    expect(reconnected).toEqual([
      { token: first?.token, after: '1', status: 401 },
      { token: expect.stringMatching(/^Bearer ./) as unknown, after: '1', status: 200 },
    ]);
    expect(reconnected[1]?.token).not.toBe(first?.token);
    await ada.say('3');
    expect(await bob.shownUpTo('3')).toEqual(numbered(3));
  });

  it('refreshes the token once for both streams', async () => {
    await ada.say('1');
    await bob.shownUpTo('1');
    await chat.trouble('expire');
    await chat.trouble('cut');
    const streams = chat.streams();
    await streams.find(({ chat, presence }) => chat === 2 && presence === 2);
    await bob.say('2');
    for (const window of [ada, bob]) {
      expect(await window.shownUpTo('2')).toEqual(numbered(2));
      await window.present('Ada', 'Bob');
      const handshakes = [...(await window.handshakes('chat')), ...(await window.handshakes('presence'))];
      const [spent] = handshakes;
      const refused = handshakes.filter(({ status }) => status === 401);
      expect(refused.length).toBeGreaterThan(0);
      for (const { token } of refused) expect(token).toBe(spent?.token);
      expect(new Set(handshakes.map(({ token }) => token)).size).toBe(2);
      expect(window.requested('/api/refresh')).toHaveLength(1);
      expect(complaintsOf(window)).toEqual([]);
    }
  });

  it('doesn’t mix a history that the server lost with its new one', async () => {
    const guest = await chat.guest('Carol');
    for (const number of ['1', '2', '3', '4', '5']) await guest.say(`old ${number}`);
    for (const window of [ada, bob]) await window.shownUpTo('old 5');
    await chat.loseMessages();
    await chat.trouble('restart', 1000);
    for (const window of [ada, bob]) await window.connection('waiting');
    for (const window of [ada, bob]) await window.connection('open');
    for (const [, text] of numbered(3)) await guest.say(text);
    for (const window of [ada, bob]) {
      await window.page.waitForFunction(log => !log.textContent.includes('old'), await window.log.elementHandle());
      expect(await window.shownUpTo('3')).toEqual(numbered(3));
    }
    await ada.page.reload();
    expect(await ada.shownUpTo('3')).toEqual(numbered(3));
  });

  it('doesn’t skip messages that the server has dropped: the list starts with the oldest one it still has', async () => {
    const guest = await chat.guest('Carol');
    for (const number of ['1', '2']) await guest.say(number);
    for (const window of [ada, bob]) await window.shownUpTo('2');
    await chat.trouble('gap', 0);
    await guest.say('last');
    for (const window of [ada, bob]) {
      const shown = await window.shownUpTo('last');
      expect(shown.map(([id]) => id)).toEqual([6, 7]);
      await window.connection('open');
      expect(complaintsOf(window)).toEqual([]);
    }
  });

  it('requires a new login when the server no longer knows the old one', async () => {
    await ada.say('1');
    await bob.shownUpTo('1');
    await ada.context.clearCookies();
    await chat.trouble('expire');
    await chat.trouble('cut');
    await ada.page.getByText('Your session has ended.').waitFor();
    await bob.present('Bob');
    await ada.logIn('Ada');
    expect(await ada.shownUpTo('1')).toEqual(numbered(1));
    expect(complaintsOf(ada)).toEqual([]);
  });

  it('refreshes the token to send a message, too', async () => {
    await chat.trouble('expire');
    await ada.say('1');
    expect(await bob.shownUpTo('1')).toEqual(numbered(1));
    const posts = await Promise.all(
      ada.requested('/api/chat/new').map(async request => (await request.response())?.status()),
    );
    expect(posts).toEqual([401, 201]);
  });
});

describe('a page with a silent server', () => {
  beforeEach(() => start('--retry', '20000'));

  it('notices the silence, says so, and resumes', async () => {
    const guest = await chat.guest('Carol');
    await guest.say('1');
    await ada.page.clock.install();
    await ada.page.reload();
    await ada.connection('open');
    await ada.shownUpTo('1');
    await chat.trouble('silence');
    await guest.say('2');
    await ada.page.clock.fastForward(8_000);
    await ada.connection('waiting');
    await ada.page.getByText('The server has gone silent.').waitFor();
    await ada.tryNow.click();
    expect(await ada.shownUpTo('2')).toEqual(numbered(2));
    await ada.connection('open');
    expect(complaintsOf(ada)).toEqual([]);
  });
});

describe('a page that the server refuses', () => {
  // The first wait is 20 to 30 s, longer than this test takes.
  beforeEach(() => start('--retry', '20000'));

  it('waits, counts down, and tries again at the push of a button', async () => {
    const guest = await chat.guest('Carol');
    await guest.say('1');
    await ada.shownUpTo('1');
    expect(await ada.banner.innerText()).toBe('Connected');
    await chat.trouble('refuse', 600_000);
    await ada.connection('waiting');
    await ada.countdown.waitFor();
    expect(await ada.announced.innerText()).toMatch(/^Connection lost\./);
    expect(await ada.banner.innerText()).toMatch(/Trying again in\s+\d+ s\b/);

    const seconds = async () => parseInt(await ada.countdown.innerText(), 10);
    const before = await seconds();
    expect(before).toBeGreaterThan(15);
    expect(before).toBeLessThanOrEqual(30);
    await ada.page.waitForFunction(
      before => parseInt(document.querySelector('.countdown')?.textContent ?? '', 10) < before,
      before,
    );

    // The server still refuses, so the page waits again.
    const refused = ada.page.waitForResponse(response => response.url().endsWith('/api/chat/stream'));
    await ada.tryNow.click();
    expect((await refused).status()).toBe(503);
    await ada.connection('waiting');
    await guest.say('2');

    await chat.trouble('refuse', 0);
    await ada.tryNow.click();
    await ada.connection('open');
    expect(await ada.shownUpTo('2')).toEqual(numbered(2));
    await ada.tryNow.waitFor({ state: 'hidden' });
    await ada.countdown.waitFor({ state: 'hidden' });
    expect(await ada.banner.innerText()).toBe('Connected');
    const handshakes = await ada.handshakes('chat');
    expect(handshakes.map(({ status, after }) => [status, after])).toEqual([
      [200, undefined],
      [503, '1'],
      [200, '1'],
    ]);
    // Nobody clicked in Bob's window, so it still waits.
    await bob.connection('waiting');
    expect([...complaintsOf(ada), ...complaintsOf(bob)]).toEqual([]);
  });
});

describe('a page without a network', () => {
  beforeEach(() => start('--retry', '100'));

  it('waits, and reconnects when the network is back', async () => {
    // The wait is longer than this test takes.
    const refusal = { status: 503, headers: { 'retry-after': '600' } };
    await ada.page.route('**/stream', route => route.fulfill(refusal));
    await chat.trouble('cut');
    await ada.page.getByText('The server answers 503.').waitFor();
    await ada.connection('waiting');
    await ada.page.unroute('**/stream');
    await ada.context.setOffline(true);
    await ada.page.getByText('You are offline.', { exact: true }).waitFor();
    expect(await ada.announced.innerText()).toBe('You are offline. Reconnecting automatically.');
    await ada.say('1');
    await ada.page.getByRole('alert').filter({ hasText: 'Maybe sent. The server cannot be reached.' }).waitFor();
    expect(await ada.message.inputValue()).toBe('1');
    await ada.context.setOffline(false);
    await ada.connection('open');
    await ada.sendAgain.click();
    expect(await ada.shownUpTo('1')).toEqual(numbered(1));
    await ada.page.getByText('Maybe sent.').waitFor({ state: 'hidden' });
    expect(await ada.message.inputValue()).toBe('');
    expect(complaintsOf(ada)).toEqual([]);
  });
});
