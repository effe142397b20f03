import type { BrowserContext, Locator, Page, Request } from 'playwright-core';
import { numberOf } from '../../examples/chat/client/number-of.js';
import { useChromium } from '../support/page.js';
import type { AngularChat } from './angular-chat.js';

/** One attempt to open a stream, as sent over the network. */
export interface Handshake {
  readonly token: string | undefined;
  /** The number of the message that the attempt resumes after. */
  readonly after: string | undefined;
  /** Undefined if there was no response. */
  readonly status: number | undefined;
}

/** A message as a window shows it. */
export type Shown = readonly [id: number, text: string];

/** A browser window with the chat: its elements, found by role and name, and its network traffic. */
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
  /** The text that a screen reader announces about the connection. */
  readonly announced: Locator;
  readonly countdown: Locator;
  readonly tryNow: Locator;
  readonly leave: Locator;
  private readonly requests: Request[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    /** The console output and the uncaught errors. */
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

  /** Resolves when the chat stream has this status. */
  async connection(status: string): Promise<void> {
    await this.page.locator(`[data-connection="${status}"]`).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.send.click();
  }

  /** Returns all messages in order. */
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

  /** Returns the messages once one with this text is shown. */
  async shownUpTo(text: string): Promise<Shown[]> {
    await this.page.waitForFunction(
      ({ log, text }) => [...log.querySelectorAll<HTMLElement>('.text')].some(shown => shown.innerText === text),
      { log: await this.log.elementHandle(), text },
    );
    return this.shown();
  }

  /** Resolves when exactly these people are listed as present. */
  async present(...names: string[]): Promise<void> {
    const wanted = names.join();
    await this.page.waitForFunction(
      ({ list, wanted }) =>
        [...list.querySelectorAll<HTMLElement>('li .name')].map(name => name.innerText).join() === wanted,
      { list: await this.here.elementHandle(), wanted },
    );
  }

  /** Returns the attempts to open a stream so far. */
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

  /** Returns the requests to this path so far. */
  requested(path: string): Request[] {
    return this.requests.filter(request => new URL(request.url()).pathname === path);
  }
}

/** Provides Chromium and opens windows in it, each in its own context, like separate people. */
export function useWindows() {
  const chromium = useChromium();
  return {
    async open(chat: AngularChat, options = {}): Promise<ChatWindow> {
      const context = await chromium.browser().newContext(options);
      return openIn(context, chat);
    },
    openIn,
    /** Opens another window of the same person. */
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

/** The browser's own console message for refused responses and connections. The specs cause these on purpose. */
const BY_TROUBLE = 'error: Failed to load resource: ';

/** Returns the unexpected console output of a window. */
export const complaintsOf = ({ noise }: ChatWindow) => noise.filter(line => !line.startsWith(BY_TROUBLE));
