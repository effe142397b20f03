// Throughput in Chromium, in warm pages and in new ones.
import { goal, limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { seeded } from '../lib/random.mjs';
import { best, median, profileOf, ratio, takeTurns } from '../lib/turns.mjs';
import { BROWSER, CHUNKS, CLIENTS, NAIVE, OURS, pick, runnerOf, share, TITLES } from './chromium-page.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

/** rx-sse must reach this many times the events per CPU second of the naive pipeline. */
const TIMES_NAIVE = 1.05;
/** rx-sse must reach this many times the events per second of the browser's own client. */
const TIMES_BROWSER = { bulk: 12, event: 4 };
const COLD_EVENTS = 50_000;

const both = ({ median, best }) => `${median.toFixed(2)} / ${best.toFixed(2)}`;
const CPU = 'CPU time is that of all processes of the browser, its network included';

/** Reads a stream once. Returns events per second, and CPU time per event in nanoseconds. */
async function read(page, client, chunk, count) {
  let rate;
  const cpu = await page.cpuTime(async () => (rate = await page.call('throughput', client, chunk, count)));
  return { rate, cpu: (cpu * 1e9) / count };
}

/** Uses a page that has read streams before. */
const startWarm = (open, chunk, most) => async client => {
  const count = share(client, most);
  const page = await open();
  await page.call('check', client, chunk);
  await page.call('throughput', client, chunk, count / 2);
  return runnerOf(page, async () => {
    const found = await read(page, client, chunk, count);
    return { ...found, peak: (await page.memory('VmHWM')) / 1024 };
  });
};

/** Opens a new page for each sample: the stream is the first thing that it reads. */
const startCold = (open, chunk) => async client => {
  const first = await open();
  await first.call('check', client, chunk);
  const inNewPage = async use => {
    const page = await open(first.browser);
    try {
      return await use(page);
    } finally {
      await page.close();
    }
  };
  const count = share(client, COLD_EVENTS);
  return {
    ready: {},
    close: first.close,
    sample: () => inNewPage(page => read(page, client, chunk, count)),
    profile: () => inNewPage(page => page.profile(() => read(page, client, chunk, count), { once: true })),
  };
};

/** @returns {Promise<Table>} */
export async function throughput({ open, version, quick }, chunk) {
  const most = quick ? 100_000 : 500_000;
  const start = startWarm(open, chunk, most);
  const turns = quick ? { rounds: 1, turns: 2 } : { rounds: 2, turns: 4 };
  const results = await takeTurns(CLIENTS, start, { ...turns, random: seeded(Date.now()) });
  const title = CHUNKS[chunk];
  // Rates are compared by the time per event, so the lowest is the best.
  const times = name => ratio(...[BROWSER, name].map(one => pick(results, one, 'rate').map(rate => 1 / rate)));
  const timesCPU = than => ratio(pick(results, than, 'cpu'), pick(results, OURS, 'cpu'));
  const goals = [
    // The goal is measured by the clock. CI only fails by CPU time, which other programs on the machine don't affect.
    goal(
      chunk,
      `events/s in Chromium, ${title}, times EventSource`,
      { least: TIMES_BROWSER[chunk] },
      { median: times(OURS).median, best: timesCPU(BROWSER).best },
    ),
    goal(
      chunk,
      `events per CPU second in Chromium, ${title}, times the naive pipeline`,
      { least: TIMES_NAIVE },
      timesCPU(NAIVE),
    ),
  ];
  return {
    title: `End to end, Chromium ${version}: ${title}`,
    note:
      `${most.toLocaleString('en')} events of 185 B over loopback, a tenth of that for the browser’s own. ${CPU}; peak memory that of the page’s ` +
      'process. “Times EventSource” compares events a second, by the medians / by the best samples.',
    columns: ['client', 'events/s, best', 'median', 'times EventSource', 'CPU ns per event, best', 'median', 'peak MB'],
    rows: CLIENTS.map(name => [
      TITLES[name],
      Math.max(...pick(results, name, 'rate')),
      median(pick(results, name, 'rate')),
      both(times(name)),
      ...[best, median].map(of => of(pick(results, name, 'cpu'))),
      median(pick(results, name, 'peak')),
    ]),
    goals,
    profiles: quick
      ? []
      : await profilesOf(goals, async () => ({
          title: `What the page of rx-sse does, ${title}`,
          rows: await profileOf(() => start(OURS)),
        })),
  };
}

/** @returns {Promise<Table>} */
export async function coldThroughput({ open, version }, chunk, of) {
  const start = startCold(open, chunk);
  const results = await takeTurns(CLIENTS, start, { rounds: 1, turns: 10, random: seeded(Date.now()) });
  const cpu = name => pick(results, name, 'cpu');
  const title = `${CHUNKS[chunk]}, in a page that was just opened`;
  const goals = [
    limit(
      of,
      `events per CPU second in Chromium, ${title}, times the naive pipeline`,
      { least: TIMES_NAIVE },
      ratio(cpu(NAIVE), cpu(OURS)).median,
    ),
  ];
  return {
    title: `End to end, Chromium ${version}: ${title}`,
    note:
      `${COLD_EVENTS.toLocaleString('en')} events of 185 B over loopback, a tenth of that for the browser’s own, are the first that a page reads: nothing is compiled yet. ${CPU}. ` +
      '“Times rx-sse” compares it, by the medians / by the best samples: above 1 is more than rx-sse takes.',
    columns: ['client', 'CPU ns per event, best', 'median', 'times rx-sse'],
    rows: CLIENTS.map(name => [TITLES[name], best(cpu(name)), median(cpu(name)), both(ratio(cpu(name), cpu(OURS)))]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: `What the page of rx-sse does, ${title}`,
      rows: await profileOf(() => start(OURS)),
    })),
  };
}
