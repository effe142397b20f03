// Checks the size of each entry point in a page: bundled for browsers by esbuild, minified and gzipped. `--write`
// updates the table in docs/size.md, which must match.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const CORE = 'fromEventSource';
const ANGULAR = ['injectEventSource', 'provideSse', 'withDefaults', 'withHttpClient', 'withSse'];
const all = names => names.join(', ');

/**
 * Sizes in bytes. `budget` is the limit: the current size, rounded up, so that no change adds to it unnoticed. It's
 * lowered with the size. `goal` is the intended size; a kB is 1000 bytes. If an entry is `added`, the size is what it
 * adds to an application that has `fromEventSource`, RxJS and Angular.
 */
const ENTRY_POINTS = [
  { names: CORE, goal: 8000, budget: 10_910 },
  { names: CORE, withRxJS: true, goal: 11_000, budget: 13_970 },
  { names: 'parseEventStream', goal: 2000, budget: 2970 },
  { names: 'createEventStreamParser', door: 'parser', goal: 2200, budget: 2840 },
  { names: 'createEventStreamParser, EventStreamDecoderStream', door: 'parser', budget: 2970 },
  { names: 'lifecycleDiagram', door: 'diagram', goal: 4000, budget: 4250 },
  { added: 'shareAcrossTabs', door: 'tabs', goal: 2500, budget: 4940 },
  { added: 'injectEventSource', door: 'angular', goal: 800, budget: 770 },
  { added: all(ANGULAR), door: 'angular', budget: 2730 },
  { added: 'eventSourceResource', door: 'angular', budget: 3945 },
  { added: all([...ANGULAR, 'eventSourceResource']), door: 'angular', goal: 6000, budget: 5910 },
];

/** Other parts that a page may load. */
const PARTS = [
  'fromEventSourceLifecycle',
  'backoff',
  'batchPerFrame',
  'connectionState',
  'decode',
  'events',
  'iterateEventSource',
  'json',
  'memoryLastEventId',
  'ofEventType',
  'online',
  'pageResumed',
  'pageVisible',
  'parseEventStream',
  'reconnect',
  'routeTo',
  'shareLifecycle',
  'storedLastEventId',
  'toActions',
  'whileTrue',
  'withSnapshot',
].map(added => ({ added }));

const root = join(import.meta.dirname, '..');
const DOCUMENT = join(root, 'docs/size.md');
const MARKS = ['<!-- sizes -->', '<!-- /sizes -->'];

async function sizeOf({ names, door = '', withRxJS = false }, core = '') {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${names} } from '${'./' + join('dist/esm', door, 'index.js')}'; ${core}`,
      resolveDir: root,
    },
    platform: 'browser',
    // The paths of the tsconfig are those of the sources.
    tsconfigRaw: {},
    format: 'esm',
    bundle: true,
    minify: true,
    external: withRxJS ? [] : ['rxjs', '@angular/*'],
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const core = await sizeOf({ names: CORE });

/** Returns the size of an entry point, or what it adds to the core. */
async function measure(entry) {
  const { added, door } = entry;
  if (!added) return { ...entry, bytes: await sizeOf(entry) };
  const together = await sizeOf({ names: added, door }, `export { ${CORE} } from './dist/esm/index.js';`);
  return { ...entry, bytes: together - core };
}

const titleOf = ({ names, added, withRxJS }) => (added ? `+ ${added}` : `${names}${withRxJS ? ' with RxJS' : ''}`);

function verdictOf({ bytes, budget, goal }) {
  if (bytes > budget) return 'TOO LARGE';
  return bytes <= goal ? 'goal met' : 'within the budget';
}

const kilobytes = bytes => (bytes < 50 ? 'below 0.1 kB' : `${(bytes / 1000).toFixed(1)} kB`);

/** In kB, so that the document doesn't change with every byte. */
function document(entries) {
  const names = ({ names, added }) =>
    (names ?? added)
      .split(', ')
      .map(name => `\`${name}\``)
      .join(', ');
  const row = entry =>
    `| ${entry.added ? '+ ' : ''}${names(entry)}${entry.withRxJS ? ' with the RxJS that it uses' : ''} | ${kilobytes(entry.bytes)} |`;
  return ['| what is imported | gzipped |', '| --- | ---: |', ...entries.map(row)].join('\n');
}

function print(measured) {
  const rows = measured.map(entry => [
    titleOf(entry),
    ...[entry.goal, entry.budget, entry.bytes].map(number => number?.toLocaleString('en') ?? ''),
    verdictOf(entry),
  ]);
  const table = [['entry point', 'goal', 'budget', 'size', ''], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map(row => row[column].length)));
  for (const row of table) {
    const cells = row.map((cell, i) => (i === 0 || i === 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    console.log(cells.join('  ').trimEnd());
  }
}

/** Whether two tables have the same content, with any column widths. */
const isSame = (one, other) => one.replace(/[\s-]+/g, ' ').trim() === other.replace(/[\s-]+/g, ' ').trim();

const measured = await Promise.all(ENTRY_POINTS.map(measure));
print(measured);
const said = document([...measured, ...(await Promise.all(PARTS.map(measure)))]);
const text = await readFile(DOCUMENT, 'utf8');
const [before, rest = ''] = text.split(MARKS[0]);
const [table, after = ''] = rest.split(MARKS[1]);
const isTooLarge = measured.some(entry => verdictOf(entry) === 'TOO LARGE');

if (process.argv.includes('--write'))
  await writeFile(DOCUMENT, [before, MARKS[0], `\n\n${said}\n\n`, MARKS[1], after].join(''));
else if (!isSame(table, said)) {
  console.error(`\ndocs/size.md is out of date: npm run check:size -- --write`);
  process.exitCode = 1;
}
if (isTooLarge) process.exitCode = 1;
