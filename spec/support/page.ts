import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type * as rxjs from 'rxjs';
import type * as diagramExports from '../../src/diagram/index.js';
import type * as rxSseExports from '../../src/index.js';
import type * as tabsExports from '../../src/tabs/index.js';
import type * as testingExports from '../../src/testing/index.js';
import { launchChromium } from './chromium.js';
import type { Assets } from './sse-server.js';

declare global {
  /** The bundle in a page: the package's main exports, its diagram, its tabs, its test kit, and rxjs. */
  const rxSse: typeof rxSseExports & {
    readonly diagram: typeof diagramExports;
    readonly tabs: typeof tabsExports;
    readonly testing: typeof testingExports;
    readonly rxjs: typeof rxjs;
  };
}

/** Returns a page at `/` that has loaded the bundle, and the bundle at `/rx-sse.js`, which workers can load too. */
export function pageAssets(): Assets {
  const bundle = process.env['RX_SSE_BUNDLE'];
  if (bundle === undefined) throw new Error('Expected a bundle: run this by `npm run test:browser`');
  return {
    '/': {
      type: 'text/html',
      body: '<!doctype html><title>rx-sse</title><link rel="icon" href="data:,"><script src="/rx-sse.js"></script>',
    },
    '/rx-sse.js': { type: 'text/javascript', body: readFileSync(bundle) },
  };
}

/** A page and its noise: console messages and uncaught errors. */
export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly noise: string[];
}

/** Starts one Chromium for all tests of a file. Pages that a test opens are closed after it. */
export function useChromium(...args: string[]): {
  readonly browser: () => Browser;
  /**
   * Opens the page at `origin` in a context of its own, with an empty storage and no other page.
   *
   * @param prepare called with the page before it is loaded
   */
  openPage(
    origin: string,
    options?: BrowserContextOptions,
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<OpenedPage>;
} {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(...args);
  });
  afterEach(() => Promise.all(browser.contexts().map(context => context.close())));
  afterAll(() => browser.close());
  return {
    browser: () => browser,
    async openPage(origin, options, prepare) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const noise: string[] = [];
      page.on('console', message => noise.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', error => noise.push(`uncaught: ${String(error)}`));
      await prepare?.(page);
      await page.goto(`${origin}/`);
      return { page, context, noise };
    },
  };
}
