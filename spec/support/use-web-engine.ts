import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { WebBrowser, WebEngine, WebPage } from './web-engine.js';

/** Launches one browser for all tests of a block. The pages that a test opened are closed after it. */
export function useWebEngine(engine: WebEngine): Required<Pick<WebBrowser, 'open' | 'openHidden'>> {
  let browser: WebBrowser;
  const pages: WebPage[] = [];
  beforeAll(async () => {
    browser = await engine.launch();
  });
  afterEach(async () => {
    // A test may have closed a page itself.
    for (const page of pages.splice(0)) await page.close().catch(() => undefined);
  });
  afterAll(() => browser.close());
  const keep = (page: WebPage) => {
    pages.push(page);
    return page;
  };
  return {
    open: async url => keep(await browser.open(url)),
    async openHidden(url) {
      if (!browser.openHidden) throw new Error(`Expected a hidden page, but the protocol of ${engine.name} hides none`);
      return keep(await browser.openHidden(url));
    },
  };
}
