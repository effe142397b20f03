import type { BrowserContext, Locator, Page, Request } from 'playwright-core';
import { numberOf } from '../../examples/chat/client/number-of.js';
import { useChromium } from '../support/page.js';
import type { AngularChat } from './angular-chat.js';

/** One attempt to open a stream, as it went over the wire. */
export interface Handshake {
  readonly token: string | undefined;
  /** The number of the message that it goes on behind. */
  readonly after: string | undefined;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
}

/** A message as a window shows it. */
export type Shown = readonly [id: number, text: string];

/** A browser window on the chat: what a person finds there, by role and name, and what goes over the wire. */
export class ChatWindow {
  readonly name: Locator;
  readonly join: Locator;
  readonly chat: Locator;
  readonly log: Locator;
  readonly message: Locator;
  readonly send: Locator;
  readonly sendAgain: Locator;
  readonly here: Locator;
  readonly banner: Locator;
  /** What a screen reader says of the connection. */
  readonly announced: Locator;
  readonly countdown: Locator;
  readonly tryNow: Locator;
  readonly leave: Locator;
  private readonly requests: Request[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    /** What the browser's console had to say, and what nobody caught. */
    readonly noise: string[],
  ) {
    this.name = page.getByRole('textbox', { name: 'Your name' });
    this.join = page.getByRole('button', { name: 'Join' });
    this.chat = page.locator('[data-connection]');
    this.log = page.getByRole('log', { name: 'Messages' });
    this.message = page.getByRole('textbox', { name: 'Message' });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.sendAgain = page.getByRole('button', { name: 'Send again' });
    this.here = page.getByRole('list', { name: 'Here now' });
    this.banner = page.locator('chat-connection-banner');
    this.announced = this.banner.getByRole('status');
    this.countdown = page.locator('.countdown');
    this.tryNow = page.getByRole('button', { name: 'Try now' });
    this.leave = page.getByRole('button', { name: 'Leave' });
    page.on('request', request => this.requests.push(request));
  }

  /** Logs in, and waits until the chat is open. */
  async logIn(name: string): Promise<this> {
    await this.name.fill(name);
    await this.join.click();
    await this.connection('open');
    return this;
  }

  /** Fulfilled when the chat's stream stands so. */
  async connection(status: string): Promise<void> {
    await this.page.locator(`[data-connection="${status}"]`).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.send.click();
  }

  /** All messages, in their order. */
  shown(): Promise<Shown[]> {
    return this.log
      .locator('li[data-id]')
      .evaluateAll(items =>
        items.map((item): Shown => [
          Number(item.getAttribute('data-id')),
          item.querySelector<HTMLElement>('.text')?.innerText ?? '',
        ]),
      );
  }

  /** The messages, once the one with that text is there. */
  async shownUpTo(text: string): Promise<Shown[]> {
    await this.page.waitForFunction(
      ({ log, text }) => [...log.querySelectorAll<HTMLElement>('.text')].some(shown => shown.innerText === text),
      { log: await this.log.elementHandle(), text },
    );
    return this.shown();
  }

  /** Fulfilled when exactly these are said to be there. */
  async present(...names: string[]): Promise<void> {
    const wanted = names.join();
    await this.page.waitForFunction(
      ({ list, wanted }) =>
        [...list.querySelectorAll<HTMLElement>('li .name')].map(name => name.innerText).join() === wanted,
      { list: await this.here.elementHandle(), wanted },
    );
  }

  /** The attempts so far to open a stream. */
  async handshakes(kind: 'chat' | 'presence'): Promise<Handshake[]> {
    const attempts = this.requests.filter(request => new URL(request.url()).pathname === `/api/${kind}/stream`);
    return Promise.all(
      attempts.map(async request => {
        const headers = await request.allHeaders();
        return {
          token: headers['authorization'],
          after: headers['last-event-id'] && numberOf(headers['last-event-id']),
          status: (await request.response())?.status(),
        };
      }),
    );
  }

  /** Requests of that path so far. */
  requested(path: string): Request[] {
    return this.requests.filter(request => new URL(request.url()).pathname === path);
  }
}

/** Chromium, and windows in it: each in a context of its own, as if each were another person's. */
export function useWindows() {
  const chromium = useChromium();
  return {
    async open(chat: AngularChat, options = {}): Promise<ChatWindow> {
      const context = await chromium.browser().newContext(options);
      return openIn(context, chat);
    },
    openIn,
    /** One more window of the same person. */
    openBeside: (other: ChatWindow, chat: AngularChat) => openIn(other.context, chat),
  };
}

async function openIn(context: BrowserContext, chat: AngularChat): Promise<ChatWindow> {
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', message => noise.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => noise.push(`uncaught: ${String(error)}`));
  const window = new ChatWindow(page, context, noise);
  await page.goto(`${chat.origin}/`);
  return window;
}

/** What the console said of its own accord of answers and connections that were refused, which the spec has brought about. */
const BY_TROUBLE = 'error: Failed to load resource: ';

/** What a window said that it should not have. */
export const complaintsOf = ({ noise }: ChatWindow) => noise.filter(line => !line.startsWith(BY_TROUBLE));
