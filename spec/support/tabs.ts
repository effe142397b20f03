import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll } from '@jest/globals';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { useChromium } from './page.js';
import { until } from './until.js';

/**
 * Pages as a user has them: tabs of one window, of which the one in front is visible (`bringToFront`) and the others are hidden.
 *
 * Playwright emulates the focus for the pages that it opens, and thereby keeps each of them visible. So these are opened over
 * a second connection to the same Chromium, one without such defaults.
 */
export function useTabs(): {
  /** Opens one in front of the others. */
  open(url: string): Promise<Page>;
} {
  // The port's number is found in the profile, and the profile's path among the arguments, which are told to automation only.
  const { browser } = useChromium('--remote-debugging-port=0', '--enable-automation');
  let window: BrowserContext;
  beforeAll(async () => {
    const { arguments: given } = await (await browser().newBrowserCDPSession()).send('Browser.getBrowserCommandLine');
    const [, profile = ''] = /^--user-data-dir=(.+)$/m.exec(given.join('\n')) ?? [];
    const file = join(profile, 'DevToolsActivePort');
    await until(() => existsSync(file));
    const [port] = readFileSync(file, 'utf8').split('\n');
    const connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
    [window] = connection.contexts() as [BrowserContext];
  });
  afterEach(() => Promise.all(window.pages().map(page => page.close())));
  return {
    async open(url) {
      const page = await window.newPage();
      await page.goto(url);
      return page;
    },
  };
}
