// Clients in Chromium beside the browser's own EventSource: throughput, latency, and what the page still gets to do.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium } from '../lib/chromium.mjs';
import { goal } from '../lib/goals.mjs';
import { seeded } from '../lib/random.mjs';
import { median, ratio, takeTurns } from '../lib/turns.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const OURS = 'rx-sse';
const BROWSER = 'EventSource';
const TITLES = {
  [BROWSER]: 'the browser’s own EventSource',
  [OURS]: OURS,
  'fetch-event-source': '@microsoft/fetch-event-source',
};
const CLIENTS = Object.keys(TITLES);

/** The browser's own takes so long that it is given a tenth of the events. */
const share = (client, count) => (client === BROWSER ? count / 10 : count);
const CHUNKS = {
  bulk: 'HTTP chunks of 64 kB',
  event: 'one HTTP chunk per event',
  single: 'one HTTP chunk per event, each sent by itself',
};

/** What a person sees as a stall, in milliseconds: what browsers call a long task. */
const LONG_TASK = 50;

/** A browser of its own, with one page that has all of the clients. */
async function openPage(origin, bundle) {
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.goto(`${origin}/page`);
  await page.addScriptTag({ content: bundle });
  const session = await browser.newBrowserCDPSession();
  const processes = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
  return {
    version: browser.version(),
    close: () => browser.close(),
    /** Calls a function of the page. */
    call: (name, ...args) => page.evaluate(([name, args]) => globalThis.bench[name](...args), [name, args]),
    /** CPU time that all processes of the browser have had, in seconds. */
    cpuTime: async () => (await processes()).reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    /** The most memory that the page's process ever had resident, in MB, where the system tells. */
    peak: async () => {
      const { id } = (await processes()).find(({ type }) => type === 'renderer');
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
    },
  };
}

const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);
const both = ({ median, best }) => `${median.toFixed(2)} / ${best.toFixed(2)}`;
/** A rate is compared by what an event takes, so that the least is the best. */
const costs = (results, name) => pick(results, name, 'rate').map(rate => 1 / rate);

/** @returns {Promise<Table>} */
async function throughput(open, chunk, { version, quick }) {
  const most = quick ? 100_000 : 500_000;
  const start = async client => {
    const count = share(client, most);
    const page = await open();
    await page.call('check', client, chunk);
    await page.call('throughput', client, chunk, count / 2);
    const sample = async () => {
      const before = await page.cpuTime();
      const rate = await page.call('throughput', client, chunk, count);
      const cpu = (((await page.cpuTime()) - before) * 1e9) / count;
      return { rate, cpu, peak: await page.peak() };
    };
    return { ready: {}, sample, close: page.close };
  };
  const turns = { rounds: 1, turns: quick ? 2 : 5, random: seeded(Date.now()) };
  const results = await takeTurns(CLIENTS, start, turns);
  const title = CHUNKS[chunk];
  const times = name => ratio(costs(results, BROWSER), costs(results, name));
  return {
    title: `End to end, Chromium ${version}: ${title}`,
    note:
      `${most.toLocaleString('en')} events of 185 B over loopback, a tenth of that for the browser’s own. CPU time is that of all processes of the browser, its network included; peak memory that of the page’s ` +
      'process. “Times EventSource” compares events a second, by the medians / by the best samples.',
    columns: ['client', 'events/s, best', 'median', 'times EventSource', 'CPU ns per event, best', 'peak MB'],
    rows: CLIENTS.map(name => [
      TITLES[name],
      Math.max(...pick(results, name, 'rate')),
      median(pick(results, name, 'rate')),
      both(times(name)),
      Math.min(...pick(results, name, 'cpu')),
      median(pick(results, name, 'peak')),
    ]),
    goals: [
      goal(`events/s in Chromium, ${title}, times EventSource`, { least: chunk === 'event' ? 4 : 12 }, times(OURS)),
    ],
  };
}

/** @returns {Promise<Table>} */
async function latency(open, { version, quick }) {
  const start = async client => {
    const page = await open();
    await page.call('check', client, 'single');
    return { ready: {}, sample: () => page.call('latency', client, quick ? 1000 : 5000, 1000), close: page.close };
  };
  const results = await takeTurns(CLIENTS, start, { rounds: 1, turns: quick ? 2 : 4, random: seeded(Date.now()) });
  const p50 = name => pick(results, name, 'p50');
  const fastest = CLIENTS.reduce((a, b) => (median(p50(a)) <= median(p50(b)) ? a : b));
  return {
    title: `End to end, Chromium ${version}: latency`,
    note: 'From before the server writes an event until the client has delivered it, at 1,000 events a second, in µs: the medians of the samples’ quantiles.',
    columns: ['client', 'p50', 'p99', 'p50, best sample'],
    rows: CLIENTS.map(name => [
      TITLES[name],
      median(p50(name)) * 1000,
      median(pick(results, name, 'p99')) * 1000,
      Math.min(...p50(name)) * 1000,
    ]),
    goals: [
      goal(
        `latency in Chromium, p50, as a multiple of the fastest client’s (${TITLES[fastest]})`,
        { most: 1.1 },
        ratio(p50(OURS), p50(fastest)),
      ),
    ],
  };
}

/** @returns {Promise<Table>} */
async function gaps(open, { version, quick }) {
  const count = quick ? 100_000 : 1_000_000;
  const nothing = 'nothing';
  const tasks = [
    nothing,
    ...(quick ? [OURS] : CLIENTS).flatMap(client => ['bulk', 'event'].map(chunk => `${client} ${chunk}`)),
  ];
  const start = async task => {
    const [client, chunk] = task === nothing ? [] : task.split(' ');
    const page = await open();
    if (client) await page.call('check', client, chunk);
    return { ready: {}, sample: () => page.call('gaps', client, chunk, share(client, count)), close: page.close };
  };
  const results = new Map();
  // One browser at a time: the frames of others would be in the way.
  for (const task of tasks) {
    const found = await takeTurns([task], start, { rounds: 1, turns: quick ? 2 : 3, random: seeded(0) });
    results.set(task, found.get(task));
  }
  const longest = (task, what) => results.get(task).samples.map(sample => sample[what].longest);
  const perSecond = (task, what) =>
    median(results.get(task).samples.map(sample => sample[what].count / (sample.milliseconds / 1000)));
  const titleOf = task => {
    if (task === nothing) return 'nothing: an idle page';
    const [client, chunk] = task.split(' ');
    return `${TITLES[client]}, ${CHUNKS[chunk]}`;
  };
  return {
    title: `A page that is kept busy, Chromium ${version}`,
    note:
      `Timers (\`setTimeout\`, one after the other) and frames (\`requestAnimationFrame\`) while ${count.toLocaleString('en')} events come as fast as they are read: the longest that ` +
      'the page was kept from either, in ms, in the median and in the best of the runs, and how many of each it had in a second.',
    columns: [
      'what the page reads',
      'longest without a timer',
      'best run',
      'longest without a frame',
      'best run',
      'timers/s',
      'frames/s',
    ],
    rows: tasks.map(task => [
      titleOf(task),
      median(longest(task, 'timers')),
      Math.min(...longest(task, 'timers')),
      median(longest(task, 'frames')),
      Math.min(...longest(task, 'frames')),
      perSecond(task, 'timers'),
      perSecond(task, 'frames'),
    ]),
    goals: ['bulk', 'event'].map(chunk => {
      // What other processes take of a processor is a gap as well: the best of the runs is what the page did itself.
      const best = Math.min(...longest(`${OURS} ${chunk}`, 'timers'));
      return goal(
        `ms that ${titleOf(`${OURS} ${chunk}`)}, keeps a page from its timers at the most, in the best run`,
        { most: LONG_TASK },
        { median: best, best },
      );
    }),
  };
}

/** @param {string} origin @param {{ quick: boolean }} options @returns {Promise<Table[]>} */
export async function runInChromium(origin, { quick }) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  const bundle = outputFiles[0].text;
  const open = () => openPage(origin, bundle);
  const first = await open();
  const { version } = first;
  await first.close();
  const options = { version, quick };
  return [
    await throughput(open, 'bulk', options),
    await throughput(open, 'event', options),
    await latency(open, options),
    await gaps(open, options),
  ];
}
