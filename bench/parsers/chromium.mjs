import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium, recordPage } from '../lib/chromium.mjs';
import { NO_OSR } from './no-osr.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/**
 * Opens a Chromium whose pages do the work of `worker.mjs`.
 *
 * @param {{ paths: string[], patience: number }} options `paths`: more contestants, as modules that export an
 * EventStreamParser.
 */
export async function openChromium({ paths, patience }) {
  const bundle = await bundleForPages(paths);
  const browser = await launchChromium(`--js-flags=${NO_OSR}`);
  return {
    version: browser.version(),
    close: () => browser.close(),
    /** @returns {Promise<import('../lib/turns.mjs').Runner>} */
    start: async (workload, name) => {
      // Its own context gives the page its own process.
      const context = await browser.newContext();
      const close = () => context.close();
      try {
        const page = await context.newPage();
        await page.evaluate(bundle);
        let timer;
        const tooLate = new Promise(resolve => {
          timer = setTimeout(() => resolve({ failure: `not done after ${patience / 1000} s` }), patience);
        });
        const ready = await Promise.race([page.evaluate(`bench.start('${workload}', '${name}')`), tooLate]);
        clearTimeout(timer);
        // A busy page doesn't answer other calls either.
        if (ready.failure) return { ready, close };
        const session = await context.newCDPSession(page);
        await session.send('Performance.enable');
        /** Returns the CPU time of the page's main thread so far, in seconds. */
        const threadTime = async () => {
          const { metrics } = await session.send('Performance.getMetrics');
          return metrics.find(metric => metric.name === 'ThreadTime').value;
        };
        const sample = async () => {
          const start = await threadTime();
          const times = Number(await page.evaluate('bench.sample()'));
          return (((await threadTime()) - start) * 1e9) / times;
        };
        return { ready, close, sample, profile: () => recordPage(session, sample) };
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

/** Returns the code of a page: a global `bench` with `start(workload, contestant)` and then `sample()`. */
async function bundleForPages(paths) {
  const { outputFiles } = await build({
    stdin: {
      resolveDir: FOLDER,
      contents: `
        import { contestants, eventStreamParser } from './contestants.mjs';
        import { prepare } from './measure.mjs';

        const more = {
          ${paths.map(path => `${JSON.stringify(path)}: eventStreamParser('', () => import(${JSON.stringify(path)})),`).join('\n')}
        };
        export let sample;
        export async function start(workload, name) {
          const { sample: take, ...ready } = await prepare(workload, contestants[name] ?? more[name]);
          sample = take;
          return ready;
        }`,
    },
    bundle: true,
    format: 'iife',
    globalName: 'bench',
    platform: 'browser',
    // Otherwise the paths of tsconfig.json would lead to the sources instead of the build.
    tsconfigRaw: {},
    target: 'es2022',
    // Node modules that only Node contestants import.
    external: ['undici'],
    write: false,
  });
  // A `var` at the top of evaluated code isn't a global of the page.
  return `${outputFiles[0].text}\nglobalThis.bench = bench;`;
}
