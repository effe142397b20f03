// What a page loads: bundled for browsers by esbuild, minified, and gzipped.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const OURS = '../../dist/esm/index.js';

/** What is imported, and for rx-sse the goals in bytes: without RxJS, and with it. */
const ENTRY_POINTS = [
  { title: 'rx-sse, fromEventSource', names: ['fromEventSource'], from: OURS, most: 4000, mostWithRxJS: 10_000 },
  { title: 'rx-sse, parseEventStream', names: ['parseEventStream'], from: OURS, most: 2000 },
  { title: 'eventsource-parser 4', names: ['createParser'], from: 'eventsource-parser' },
  { title: 'eventsource-parser 3', names: ['createParser'], from: 'eventsource-parser-3' },
  { title: '@microsoft/fetch-event-source', names: ['fetchEventSource'], from: '@microsoft/fetch-event-source' },
  { title: 'eventsource-client', names: ['createEventSource'], from: 'eventsource-client' },
  { title: 'eventsource', names: ['EventSource'], from: 'eventsource' },
  { title: '@azure/core-sse', names: ['createSseStream'], from: '@azure/core-sse' },
  { title: 'fetch-event-stream', names: ['events'], from: 'fetch-event-stream' },
  { title: 'parse-sse', names: ['parseServerSentEvents'], from: 'parse-sse' },
  { title: 'ngx-sse-client', names: ['SseClient'], from: 'ngx-sse-client' },
];

async function size({ names, from }, external) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from '${from}';`, resolveDir: FOLDER },
    platform: 'browser',
    format: 'esm',
    bundle: true,
    minify: true,
    external: ['@angular/*', ...external],
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** @returns {Promise<import('../lib/table.mjs').Table[]>} */
export async function run() {
  const rows = [];
  const goals = [];
  const limit = (name, most, value) => {
    if (most) goals.push({ name, floor: `at most ${most}`, value, met: value <= most });
  };
  for (const entry of ENTRY_POINTS) {
    const alone = await size(entry, ['rxjs']);
    const whole = await size(entry, []);
    rows.push([entry.title, alone, whole]);
    limit(`bytes of ${entry.title}`, entry.most, alone);
    limit(`bytes of ${entry.title}, with RxJS`, entry.mostWithRxJS, whole);
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
      headline: true,
    },
  ];
}
