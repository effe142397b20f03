import { chromium } from 'playwright-core';
import { findChromium } from './chromium.js';
import { FIREFOX } from './firefox.js';
import { WEBKIT } from './webkit.js';

/** A page of a browser, by whichever protocol that is spoken to. */
export interface WebPage {
  goto(url: string): Promise<void>;
  /** Calls `work` in the page, and answers with what it answers; both the argument and the answer are copied as JSON. */
  evaluate<R, A = undefined>(work: (argument: A) => R, argument?: A): Promise<Awaited<R>>;
  /** Puts it in front of the others, if the protocol can: a hidden page is shown. */
  show?(): Promise<void>;
  /** What is on its console, and errors that nobody caught, as far as the protocol tells of them. */
  readonly noise: string[];
  close(): Promise<void>;
}

export interface WebBrowser {
  readonly version: string;
  /** Opens a page there. What it stores, the other pages see. */
  open(url: string): Promise<WebPage>;
  /** Opens one that is hidden. */
  openHidden?(url: string): Promise<WebPage>;
  close(): Promise<void>;
}

export interface WebEngine {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit';
  launch(): Promise<WebBrowser>;
}

const CHROMIUM: WebEngine = {
  name: 'Chromium',
  async launch() {
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const context = await browser.newContext();
    return {
      version: browser.version(),
      close: () => browser.close(),
      async open(url) {
        const page = await context.newPage();
        const noise: string[] = [];
        page.on('console', message => noise.push(`${message.type()}: ${message.text()}`));
        page.on('pageerror', error => noise.push(`uncaught: ${String(error)}`));
        await page.goto(url);
        return {
          noise,
          async goto(to) {
            await page.goto(to);
          },
          evaluate: <R, A>(work: (argument: A) => R, argument?: A) =>
            page.evaluate(work as (argument: unknown) => R, argument as unknown) as Promise<Awaited<R>>,
          close: () => page.close({ runBeforeUnload: true }),
        };
      },
    };
  },
};

export const WEB_ENGINES: readonly WebEngine[] = [CHROMIUM, FIREFOX, WEBKIT];
