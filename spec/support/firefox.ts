import { launch } from 'puppeteer-core';
import { findProgram } from './chromium.js';
import type { WebEngine, WebPage } from './web-engine.js';

/** Firefox, controlled by WebDriver BiDi. */
export const FIREFOX: WebEngine = {
  name: 'Firefox',
  async launch() {
    const browser = await launch({
      browser: 'firefox',
      executablePath: findProgram({
        name: 'Firefox',
        variable: 'FIREFOX_PATH',
        commands: ['firefox-esr', 'firefox'],
        debian: 'firefox-esr',
      }),
      extraPrefsFirefox: {
        // Connects to loopback only.
        'network.dns.forceResolve': '127.0.0.1',
        'dom.allow_scripts_to_close_windows': true,
      },
    });
    const open = async (url: string): Promise<WebPage> => {
      const page = await browser.newPage();
      const noise: string[] = [];
      page.on('console', message => noise.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', error => noise.push(`uncaught: ${String(error)}`));
      await page.goto(url);
      return {
        noise,
        async goto(to) {
          await page.goto(to);
        },
        evaluate: (work, argument) => page.evaluate(work as (argument: unknown) => never, argument),
        show: () => page.bringToFront(),
        close: () => page.close({ runBeforeUnload: true }),
      };
    };
    return {
      open,
      async openHidden(url) {
        const page = await open(url);
        await browser.newPage();
        return page;
      },
      version: (await browser.version()).replace('firefox/', ''),
      close: () => browser.close(),
    };
  },
};
