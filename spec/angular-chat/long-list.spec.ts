import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AngularChat } from './angular-chat.js';
import { type ChatWindow, useWindows } from './window.js';

const MESSAGES = 20_000;

describe('a list of 20 000 messages', () => {
  const windows = useWindows();
  let chat: AngularChat;
  let ada: ChatWindow;
  beforeEach(async () => {
    chat = await AngularChat.start();
    ada = await windows.open(chat);
    const at = new Date().toISOString();
    const body = Array.from({ length: MESSAGES }, (_, index) => {
      const message = { id: index + 1, author: index % 3 ? 'Bob' : 'Ada', message: `${index + 1}`, at };
      return `id: ${message.id}\nevent: chat\ndata: ${JSON.stringify(message)}\n\n`;
    }).join('');
    let answers = 0;
    await ada.page.route('**/api/chat/stream', route =>
      route.fulfill(answers++ ? { status: 204 } : { status: 200, contentType: 'text/event-stream', body }),
    );
    await ada.name.fill('Ada');
    await ada.join.click();
    await ada.connection('closed');
  });
  afterEach(async () => {
    await ada.context.close();
    await chat.close();
  });

  /** Returns the number of messages in the page, and the ids of the first and the last. */
  const inPage = async () => {
    const shown = await ada.shown();
    return [shown.length, shown[0]?.[0], shown.at(-1)?.[0]];
  };

  it('keeps only the messages near the reader in the page, and doesn’t move the ones being read', async () => {
    await ada.shownUpTo(`${MESSAGES}`);
    expect(await inPage()).toEqual([200, MESSAGES - 199, MESSAGES]);

    // Scrolling back loads more, and the message being read stays in place.
    const topOf = (id: number) =>
      ada.log.locator(`li[data-id="${id}"]`).evaluate(row => row.getBoundingClientRect().top);
    await ada.log.evaluate(log => (log.scrollTop = 100));
    const read = MESSAGES - 190;
    await ada.page.waitForFunction(() => document.querySelectorAll('li[data-id]').length === 400);
    const before = await topOf(read);
    expect(Math.abs(before)).toBeLessThan(1000);
    expect(await inPage()).toEqual([400, MESSAGES - 399, MESSAGES]);
    await ada.page
      .getByRole('button', { name: 'Show earlier messages' })
      .evaluate(button => (button as HTMLElement).click());
    await ada.page.waitForFunction(() => document.querySelectorAll('li[data-id]').length === 600);
    expect(Math.abs((await topOf(read)) - before)).toBeLessThan(2);

    // Back at the end, the list is short again.
    await ada.page.getByRole('button', { name: 'Newest' }).click();
    await ada.page.waitForFunction(() => document.querySelectorAll('li[data-id]').length === 200);
    expect(await inPage()).toEqual([200, MESSAGES - 199, MESSAGES]);
    expect(ada.noise).toEqual([]);
  });
});
