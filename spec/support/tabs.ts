import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll } from '@jest/globals';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { useChromium } from './page.js';
import { until } from './until.js';

/**
 * Opens pages like a user: as tabs of one window, of which the one in front is visible (`bringToFront`) and the others are hidden.
 *
 * Playwright emulates focus for the pages that it opens, which keeps all of them visible. So these tabs are opened over a second connection to the
 * same Chromium, without such defaults.
 */
export function useTabs(): {
  /** Opens a tab in front of the others. */
  open(url: string): Promise<Page>;
} {
  // The profile contains the port, and the arguments contain the path of the profile. Only automation may read the arguments.
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
