import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from '../support/chromium.js';
import { openScope, type ScopeKind, SCOPES, workerAsset } from '../support/scopes.js';
import type { Assets } from '../support/sse-server.js';
import { application, type EngineRun } from './application.js';
import type { Engine, Result } from './run-behaviours.js';

declare global {
  /** In a page: what `make-application.mjs` has bundled. */
  const conformance: { runBehaviours(engine: Engine): Promise<Result[]> };
}

/** What the scripted server hands out to browsers. */
export function browserAssets(): Assets {
  return {
    '/': {
      type: 'text/html',
      body: '<!doctype html><title>rx-sse</title><link rel="icon" href="data:,"><script src="/browser.js"></script>',
    },
    '/browser.js': { type: 'text/javascript', body: readFileSync(join(application(), 'browser.js')) },
    '/worker.js': workerAsset('/browser.js'),
  };
}

const chromium = (kind: ScopeKind): EngineRun => ({
  name: `Chromium, ${kind}`,
  async run(origin, seed) {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`${origin}/`);
      const scope = await openScope(kind, page);
      const results = await scope.evaluate(engine => conformance.runBehaviours(engine), { origin, seed });
      // A browser logs what it cannot fetch.
      return { results, complaints: scope.noise.filter(line => line.startsWith('uncaught')) };
    } finally {
      await browser.close();
    }
  },
});

export const BROWSERS: readonly EngineRun[] = SCOPES.map(chromium);
