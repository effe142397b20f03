import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPES } from '../support/scopes.js';
import type { Assets } from '../support/sse-server.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { openWebScope, webAssets } from '../support/web-scope.js';
import { application, type EngineRun } from './application.js';
import type { Engine, Result } from './run-behaviours.js';

declare global {
  /** The global of the bundle that `make-application.mjs` builds for pages. */
  const conformance: { runBehaviours(engine: Engine): Promise<Result[]> };
}

/** Returns the files that the scripted server serves to browsers. */
export const browserAssets = (): Assets => webAssets(readFileSync(join(application(), 'browser.js')));

export const BROWSERS: readonly EngineRun[] = WEB_ENGINES.flatMap(engine =>
  SCOPES.map(kind => ({
    name: `${engine.name}, ${kind}`,
    async run(origin: string, seed: number) {
      const browser = await engine.launch();
      try {
        const page = await browser.open(`${origin}/`);
        const scope = await openWebScope(kind, page);
        const results = await scope.evaluate(engine => conformance.runBehaviours(engine), { origin, seed });
        return { results, complaints: await scope.evaluate(() => complaints) };
      } finally {
        await browser.close();
      }
    },
  })),
);

export const FIREFOX_AND_WEBKIT = BROWSERS.filter(({ name }) => !name.startsWith('Chromium'));
