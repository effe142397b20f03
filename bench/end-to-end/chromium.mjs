// Compares clients in Chromium with the browser's own EventSource: latency and idle streams. Also lists all
// measurements there.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { seeded } from '../lib/random.mjs';
import { best, median, profileOf, ratio, takeTurns } from '../lib/turns.mjs';
import { gaps } from './chromium-gaps.mjs';
import { BROWSER, CLIENTS, openPage, OURS, pick, runnerOf, TITLES } from './chromium-page.mjs';
import { coldThroughput, throughput } from './chromium-throughput.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

/** @returns {Promise<Table>} */
async function latency({ open, version }) {
  const start = async client => {
    const page = await open();
    await page.call('check', client, 'single');
    return runnerOf(page, () => page.call('latency', client, 1500, 1000));
  };
  const turns = { rounds: 1, turns: 5, random: seeded(Date.now()) };
  const results = await takeTurns(CLIENTS, start, turns);
  const p50 = name => pick(results, name, 'p50');
  // The browser's own client parses in another process, without the streams of `fetch`.
  const fastest = CLIENTS.filter(name => name !== 'bare' && name !== BROWSER).reduce((a, b) =>
    median(p50(a)) <= median(p50(b)) ? a : b,
  );
  const goals = [
    limit(
      'latency',
      `latency in Chromium, p50, as a multiple of the fastest fetch client’s (${TITLES[fastest]})`,
      { most: 1.1 },
      ratio(p50(OURS), p50(fastest)).median,
    ),
  ];
  return {
    title: `End to end, Chromium ${version}: latency`,
    note: 'From before the server writes an event until the client has delivered it, at 1,000 events a second, in µs: the medians of the samples’ quantiles.',
    columns: ['client', 'p50', 'p99', 'p50, best sample'],
    rows: CLIENTS.map(name => [
      TITLES[name],
      median(p50(name)) * 1000,
      median(pick(results, name, 'p99')) * 1000,
      best(p50(name)) * 1000,
    ]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: 'What the page of rx-sse does at 1,000 events a second',
      rows: await profileOf(() => start(OURS)),
    })),
  };
}

const STREAMS = 1000;
const HOSTS = 10;

/** @returns {Promise<Table>} */
async function idle({ open, version, securePort }) {
  const urls = Array.from({ length: STREAMS }, (_, i) => `https://127.0.0.${2 + (i % HOSTS)}:${securePort}/idle`);
  const start = async client => {
    const page = await open();
    const sample = async () => {
      // The first streams create everything that the page and its connections keep.
      await page.call('idle', client, urls.slice(0, 2 * HOSTS));
      const heap = await page.heap();
      const resident = await page.memory('RssAnon');
      await page.call('idle', client, urls);
      return {
        heap: ((await page.heap()) - heap) / STREAMS,
        resident: ((await page.memory('RssAnon')) - resident) / STREAMS,
      };
    };
    return { ...runnerOf(page, sample), profile: () => page.heapProfile(sample) };
  };
  const results = await takeTurns(CLIENTS, start, { rounds: 3, turns: 1, random: seeded(Date.now()) });
  const heap = name => median(pick(results, name, 'heap'));
  const goals = [
    limit(
      'idle',
      'kB of heap per idle stream in Chromium above a bare fetch reader',
      { most: 1.5 },
      heap(OURS) - heap('bare'),
    ),
  ];
  return {
    title: `End to end, Chromium ${version}: idle streams`,
    note:
      `Memory per stream while ${STREAMS.toLocaleString('en')} are open over HTTP/2, with ${HOSTS} hosts, and have delivered an event each: the heap of the page’s scripts after garbage collection, and what its process has resident, ` +
      'with all that the browser itself keeps there for a stream.',
    columns: ['client', 'kB of heap per stream', 'above a bare fetch reader', 'kB resident per stream'],
    rows: CLIENTS.map(name => [
      TITLES[name],
      heap(name),
      heap(name) - heap('bare'),
      median(pick(results, name, 'resident')),
    ]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: 'By which functions of the page the memory of idle streams of rx-sse was asked for',
      columns: ['function', 'in', 'kB'],
      rows: await profileOf(() => start(OURS)),
    })),
  };
}

/**
 * @param {{ origin: string, securePort: number, quick: boolean }} options
 * @returns {Promise<Record<string, (name: string) => Promise<Table>>>}
 */
export async function measurementsInChromium({ origin, securePort, quick }) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    // Otherwise the paths of tsconfig.json would lead to the sources instead of the build.
    tsconfigRaw: {},
    target: 'es2022',
  });
  const bundle = outputFiles[0].text;
  const open = browser => openPage(origin, bundle, browser);
  const { version, close } = await open();
  await close();
  const options = { open, version, securePort, quick };
  return {
    bulk: name => throughput(options, name),
    event: name => throughput(options, name),
    'bulk, cold': name => coldThroughput(options, 'bulk', name),
    'event, cold': name => coldThroughput(options, 'event', name),
    latency: () => latency(options),
    idle: () => idle(options),
    gaps: () => gaps(options),
  };
}
