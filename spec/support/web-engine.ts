import { chromium } from 'playwright-core';
import { findChromium } from './chromium.js';
import { FIREFOX } from './firefox.js';
import { WEBKIT } from './webkit.js';

/** A page of a browser, over any protocol. */
export interface WebPage {
  goto(url: string): Promise<void>;
  /** Calls `work` in the page, and returns its result. Both the argument and the result are copied as JSON. */
  evaluate<R, A = undefined>(work: (argument: A) => R, argument?: A): Promise<Awaited<R>>;
  /** Puts the page in front of the others, if the protocol can: a hidden page becomes visible. */
  show?(): Promise<void>;
  /** Console messages and uncaught errors, as far as the protocol reports them. */
  readonly noise: string[];
  close(): Promise<void>;
}

export interface WebBrowser {
  readonly version: string;
  /** Opens a page. It shares its storage with the other pages. */
  open(url: string): Promise<WebPage>;
  /** Opens a hidden page. */
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
