// Clients in Chromium beside the browser's own EventSource: throughput, latency, and what the page still gets to do.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium, recordPage } from '../lib/chromium.mjs';
import { goal, limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { seeded } from '../lib/random.mjs';
import { best, median, profileOf, ratio, takeTurns } from '../lib/turns.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const OURS = 'rx-sse';
const BROWSER = 'EventSource';
const TITLES = {
  [BROWSER]: 'the browser’s own EventSource',
  [OURS]: OURS,
  'fetch-event-source': '@microsoft/fetch-event-source',
  bare: 'a bare fetch reader, which counts bytes',
};
const CLIENTS = Object.keys(TITLES);

/** The browser's own takes so long that it is given a tenth of the events. So is a page that works on each. */
const share = (client, count, work = 0) => (client === BROWSER || work > 0 ? count / 10 : count);
const CHUNKS = {
  bulk: 'HTTP chunks of 64 kB',
  event: 'one HTTP chunk per event',
};

/** What a person sees as a stall, in milliseconds: what browsers call a long task. */
const LONG_TASK = 50;

/** What a consumer does for each event in a page that has more to do than the server, in microseconds. */
const WORK = 5;

/** A browser of its own, with one page that has all of the clients. */
async function openPage(origin, bundle) {
  const browser = await launchChromium();
  // That of the specs, which no authority has signed.
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.goto(`${origin}/page`);
  await page.addScriptTag({ content: bundle });
  const session = await browser.newBrowserCDPSession();
  const processes = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo;
  // A browser has renderers of its own, too: the page's is the one that is busy when the page is.
  const before = new Map((await processes()).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    for (const end = performance.now() + 200; performance.now() < end;);
  });
  const [{ id: pageProcess }] = (await processes())
    .filter(({ type }) => type === 'renderer')
    .sort((a, b) => b.cpuTime - (before.get(b.id) ?? 0) - (a.cpuTime - (before.get(a.id) ?? 0)));
  return {
    version: browser.version(),
    close: () => browser.close(),
    /** Calls a function of the page. */
    call: (name, ...args) => page.evaluate(([name, args]) => globalThis.bench[name](...args), [name, args]),
    profile: async work => recordPage(await page.context().newCDPSession(page), work),
    /** CPU time that all processes of the browser have had, in seconds. */
    cpuTime: async () => (await processes()).reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    /** A figure of the page's process, in kB, where the system tells. */
    memory: async name => {
      const status = await readFile(`/proc/${pageProcess}/status`, 'utf8').catch(() => '');
      return Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
    },
    /** What is reachable for its scripts, in kB. */
    heap: async () => {
      const pageSession = await page.context().newCDPSession(page);
      await pageSession.send('HeapProfiler.collectGarbage');
      await pageSession.send('HeapProfiler.collectGarbage');
      return (await pageSession.send('Runtime.getHeapUsage')).usedSize / 1024;
    },
  };
}

const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);
const both = ({ median, best }) => `${median.toFixed(2)} / ${best.toFixed(2)}`;

/** A page for one contestant, which gives samples. @param {(page: Awaited<ReturnType<typeof openPage>>) => Promise<any>} sample */
const runnerOf = (page, sample) => ({
  ready: {},
  sample: () => sample(page),
  profile: () => page.profile(() => sample(page)),
  close: page.close,
});

/** @returns {Promise<Table>} */
async function throughput({ open, version, quick }, chunk) {
  const most = quick ? 100_000 : 500_000;
  const start = async client => {
    const count = share(client, most);
    const page = await open();
    await page.call('check', client, chunk);
    await page.call('throughput', client, chunk, count / 2);
    return runnerOf(page, async () => {
      const before = await page.cpuTime();
      const rate = await page.call('throughput', client, chunk, count);
      const cpu = (((await page.cpuTime()) - before) * 1e9) / count;
      return { rate, cpu, peak: (await page.memory('VmHWM')) / 1024 };
    });
  };
  const turns = { rounds: 1, turns: quick ? 2 : 5, random: seeded(Date.now()) };
  const results = await takeTurns(CLIENTS, start, turns);
  const title = CHUNKS[chunk];
  // A rate is compared by what an event takes, so that the least is the best.
  const times = name => ratio(...[BROWSER, name].map(one => pick(results, one, 'rate').map(rate => 1 / rate)));
  const timesCPU = name => ratio(pick(results, BROWSER, 'cpu'), pick(results, name, 'cpu'));
  const goals = [
    // By the clock it is met; by what the browser's processes compute, which others on the machine do not change, CI fails.
    goal(
      chunk,
      `events/s in Chromium, ${title}, times EventSource`,
      { least: chunk === 'event' ? 4 : 12 },
      { median: times(OURS).median, best: timesCPU(OURS).best },
    ),
  ];
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
      best(pick(results, name, 'cpu')),
      median(pick(results, name, 'peak')),
    ]),
    goals,
    profiles: quick
      ? []
      : await profilesOf(goals, async () => ({
          title: `What the page of rx-sse does, ${title}`,
          rows: await profileOf(() => start(OURS)),
        })),
    headline: true,
  };
}

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
  const fastest = CLIENTS.filter(name => name !== 'bare').reduce((a, b) => (median(p50(a)) <= median(p50(b)) ? a : b));
  const goals = [
    limit(
      'latency',
      `latency in Chromium, p50, as a multiple of the fastest client’s (${TITLES[fastest]})`,
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
    return runnerOf(page, async () => {
      // What the page keeps, and its connections, it has from the first ones.
      await page.call('idle', client, urls.slice(0, 2 * HOSTS));
      const heap = await page.heap();
      const resident = await page.memory('RssAnon');
      await page.call('idle', client, urls);
      return {
        heap: ((await page.heap()) - heap) / STREAMS,
        resident: ((await page.memory('RssAnon')) - resident) / STREAMS,
      };
    });
  };
  const results = await takeTurns(CLIENTS, start, { rounds: 3, turns: 1, random: seeded(Date.now()) });
  const heap = name => median(pick(results, name, 'heap'));
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
  };
}

/** @returns {Promise<Table>} */
async function gaps({ open, version }) {
  const count = 1_000_000;
  const idle = { title: 'nothing: an idle page' };
  const tasks = [
    idle,
    ...CLIENTS.flatMap(client =>
      Object.entries(CHUNKS).map(([chunk, title]) => ({ client, chunk, title: `${TITLES[client]}, ${title}` })),
    ),
    // Slower than the server: whenever the page asks for more, more is there.
    ...[OURS, 'fetch-event-source'].map(client => ({
      client,
      chunk: 'event',
      work: WORK,
      title: `${TITLES[client]}, ${CHUNKS.event}, ${WORK} µs of work for each`,
    })),
  ];
  const start = task => async () => {
    const { client, chunk, work } = task;
    const page = await open();
    if (client) await page.call('check', client, chunk);
    return runnerOf(page, () => page.call('gaps', { client, chunk, work, count: share(client, count, work) }));
  };
  const samples = new Map();
  // One browser at a time: the frames of others would be in the way.
  for (const task of tasks) {
    const found = await takeTurns([task.title], start(task), { rounds: 1, turns: 3, random: seeded(0) });
    samples.set(task, found.get(task.title).samples);
  }
  const longest = (task, what) => samples.get(task).map(sample => sample[what].longest);
  const perSecond = (task, what) =>
    median(samples.get(task).map(sample => sample[what].count / (sample.milliseconds / 1000)));
  const ours = tasks.filter(({ client }) => client === OURS);
  const goals = ours.flatMap(task =>
    Object.entries({ timers: 'a timer', frames: 'a frame' }).map(([what, title]) =>
      // What other processes take of a processor is a gap as well: the best of the runs is what the page did itself.
      limit(
        'gaps',
        `longest without ${title}, in ms, in the best run: ${task.title}`,
        { most: LONG_TASK },
        best(longest(task, what)),
      ),
    ),
  );
  return {
    title: `A page that is kept busy, Chromium ${version}`,
    note:
      `Timers (\`setTimeout\`, one after the other) and frames (\`requestAnimationFrame\`) while ${count.toLocaleString('en')} events (a tenth of that for the browser’s own, and where each is work) come as fast as they are read: the longest that ` +
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
      task.title,
      median(longest(task, 'timers')),
      best(longest(task, 'timers')),
      median(longest(task, 'frames')),
      best(longest(task, 'frames')),
      perSecond(task, 'timers'),
      perSecond(task, 'frames'),
    ]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: `What the page does meanwhile: ${ours.at(-1).title}`,
      rows: await profileOf(start(ours.at(-1))),
    })),
    headline: true,
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
    target: 'es2022',
  });
  const bundle = outputFiles[0].text;
  const open = () => openPage(origin, bundle);
  const { version, close } = await open();
  await close();
  const options = { open, version, securePort, quick };
  return {
    bulk: name => throughput(options, name),
    event: name => throughput(options, name),
    latency: () => latency(options),
    idle: () => idle(options),
    gaps: () => gaps(options),
  };
}
