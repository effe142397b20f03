// Measures what a page loads: bundled for browsers by esbuild, minified and gzipped.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const OURS = '../../dist/esm/index.js';

/** The imports, whether they are a client or only a parser, and the goals of rx-sse in bytes, without and with RxJS. */
const ENTRY_POINTS = [
  {
    title: 'rx-sse, fromEventSource',
    names: ['fromEventSource'],
    from: OURS,
    isClient: true,
    most: 8000,
    mostWithRxJS: 11_000,
  },
  { title: 'rx-sse, parseEventStream', names: ['parseEventStream'], from: OURS, most: 2000 },
  { title: 'rx-sse/parser', names: ['createEventStreamParser'], from: '../../dist/esm/parser/index.js', most: 2200 },
  { title: 'eventsource-parser 4', names: ['createParser'], from: 'eventsource-parser' },
  { title: 'eventsource-parser 3', names: ['createParser'], from: 'eventsource-parser-3' },
  {
    title: '@microsoft/fetch-event-source',
    names: ['fetchEventSource'],
    from: '@microsoft/fetch-event-source',
    isClient: true,
  },
  { title: 'eventsource-client', names: ['createEventSource'], from: 'eventsource-client', isClient: true },
  { title: 'eventsource', names: ['EventSource'], from: 'eventsource', isClient: true },
  { title: '@azure/core-sse', names: ['createSseStream'], from: '@azure/core-sse' },
  { title: 'fetch-event-stream', names: ['events'], from: 'fetch-event-stream' },
  { title: 'parse-sse', names: ['parseServerSentEvents'], from: 'parse-sse' },
  { title: 'ngx-sse-client', names: ['SseClient'], from: 'ngx-sse-client', isClient: true },
];

async function bundle({ names, from }, external) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from '${from}';`, resolveDir: FOLDER },
    platform: 'browser',
    // Otherwise the paths of tsconfig.json would lead to the sources instead of the build.
    tsconfigRaw: {},
    format: 'esm',
    bundle: true,
    minify: true,
    external: ['@angular/*', ...external],
    write: false,
    metafile: true,
  });
  return {
    size: gzipSync(outputFiles[0].contents, { level: 9 }).length,
    inputs: Object.values(metafile.outputs)[0].inputs,
  };
}

/** Returns the largest modules. */
async function modules(entry) {
  const { inputs } = await bundle(entry, ['rxjs']);
  const rows = Object.entries(inputs).map(([path, { bytesInOutput }]) => [
    path.replace(/^.*dist\/esm\//, ''),
    bytesInOutput,
  ]);
  return rows.sort(([, a], [, b]) => b - a).slice(0, 15);
}

/** @returns {Promise<import('../lib/table.mjs').Table[]>} */
export async function run() {
  const rows = [];
  const goals = [];
  const clients = [];
  const hold = (entry, name, most, value) => {
    if (most) goals.push(limit(entry.title, name, { most }, value));
  };
  for (const entry of ENTRY_POINTS) {
    const { size: alone } = await bundle(entry, ['rxjs']);
    const { size: whole } = await bundle(entry, []);
    rows.push([entry.title, alone, whole]);
    if (entry.isClient) clients.push({ title: entry.title, alone, whole });
    hold(entry, `bytes of ${entry.title}`, entry.most, alone);
    hold(entry, `bytes of ${entry.title}, with RxJS`, entry.mostWithRxJS, whole);
  }
  return [
    {
      title: 'Size',
      note:
        'Bytes for a browser, by esbuild, minified and gzipped: without RxJS, and with what is used of it. ' +
        'Angular, which ngx-sse-client needs, is not counted.',
      columns: ['what is imported', 'bytes', 'with RxJS'],
      rows,
      goals,
      profiles: await profilesOf(goals, async of => ({
        title: `The largest modules of ${of}, minified and not gzipped`,
        columns: ['module', 'bytes'],
        rows: await modules(ENTRY_POINTS.find(({ title }) => title === of)),
      })),
      figures: { kind: 'size', rows: clients },
    },
  ];
}
