// Guards the size of what a page loads, by entry point: bundled for browsers by esbuild, minified, and gzipped.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * In bytes. `budget` is what the size may not exceed: the present size, rounded up, so that no change adds to it unnoticed; it is
 * lowered with the size. `goal` is where it is meant to arrive, a kB being 1000 bytes. `angular` are names of `rx-sse/angular`, whose
 * size is what they add to an application that has `name`, RxJS and Angular.
 */
const ENTRY_POINTS = [
  { name: 'fromEventSource', goal: 4000, budget: 9750 },
  { name: 'parseEventStream', goal: 2000, budget: 3250 },
  { name: 'fromEventSource', withRxJS: true, goal: 10_000, budget: 12_800 },
  { name: 'fromEventSource', angular: 'injectEventSource', budget: 900 },
  { name: 'fromEventSource', angular: 'injectEventSource, provideSse, withHttpClient, withSse', budget: 2950 },
  { name: 'fromEventSource', angular: 'eventSourceResource', budget: 3800 },
];

const root = join(import.meta.dirname, '..');

async function size({ name, angular, withRxJS = false }) {
  const door = angular ? `export { ${angular} } from './dist/esm/angular/index.js';` : '';
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from './dist/esm/index.js'; ${door}`, resolveDir: root },
    platform: 'browser',
    format: 'esm',
    bundle: true,
    minify: true,
    external: withRxJS ? [] : ['rxjs', '@angular/*'],
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const rows = await Promise.all(
  ENTRY_POINTS.map(async entry => {
    const { name, angular, withRxJS, goal, budget } = entry;
    const bytes = (await size(entry)) - (angular ? await size({ name }) : 0);
    const verdict = bytes > budget ? 'TOO LARGE' : bytes <= goal ? 'goal met' : 'within the budget';
    return [
      angular ? `+ ${angular}` : `${name}${withRxJS ? ' with RxJS' : ''}`,
      ...[goal, budget, bytes].map(number => number?.toLocaleString('en') ?? ''),
      verdict,
    ];
  }),
);

const table = [['entry point', 'goal', 'budget', 'size', ''], ...rows];
const widths = table[0].map((_, column) => Math.max(...table.map(row => row[column].length)));
for (const row of table) {
  const cells = row.map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
  console.log(cells.join('  ').trimEnd());
}
process.exitCode = rows.some(row => row[4] === 'TOO LARGE') ? 1 : 0;
