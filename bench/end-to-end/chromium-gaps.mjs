// Measures how long a page in Chromium is blocked while it reads a stream as fast as it can.
import { limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { seeded } from '../lib/random.mjs';
import { best, median, profileOf, takeTurns } from '../lib/turns.mjs';
import { CHUNKS, CLIENTS, OURS, runnerOf, share, TITLES } from './chromium-page.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const COUNT = 1_000_000;
/** The work of a consumer for each event, in a page that is slower than the server, in microseconds. */
const WORK = 5;

/** The longest time that timers may be blocked, in milliseconds. */
const LONGEST_BLOCK = 30;
/**
 * The longest time without a frame, in milliseconds: browsers call it a long task, and people notice it. A block
 * between two frames delays both.
 */
const LONG_TASK = 50;
/** The minimum of 60 frames a second. */
const FRAMES = 59;

/** The streams that pages read: none, or those of a client. */
const TASKS = [
  { title: 'nothing: an idle page' },
  ...CLIENTS.flatMap(client =>
    Object.entries(CHUNKS).map(([chunk, title]) => ({ client, chunk, title: `${TITLES[client]}, ${title}` })),
  ),
  // Slower than the server, so there is always more data to read.
  ...[OURS, 'fetch-event-source'].map(client => ({
    client,
    chunk: 'event',
    work: WORK,
    title: `${TITLES[client]}, ${CHUNKS.event}, ${WORK} µs of work for each`,
  })),
];

/** Other processes cause gaps too, so the best run counts. */
function goalsOf(task, samples) {
  const found = (name, floor, value) => limit('gaps', `${name}: ${task.title}`, floor, value);
  const longest = what => best(longestOf(samples, what));
  return [
    found('longest without a timer, in ms, in the best run', { most: LONGEST_BLOCK }, longest('timers')),
    found('longest without a frame, in ms, in the best run', { most: LONG_TASK }, longest('frames')),
    found('frames a second, in the best run', { least: FRAMES }, Math.max(...ratesOf(samples, 'frames'))),
  ];
}

const longestOf = (samples, what) => samples.map(sample => sample[what].longest);
const ratesOf = (samples, what) => samples.map(sample => sample[what].count / (sample.milliseconds / 1000));

/** @returns {Promise<Table>} */
export async function gaps({ open, version }) {
  const start = task => async () => {
    const { client, chunk, work } = task;
    const page = await open();
    if (client) await page.call('check', client, chunk);
    return runnerOf(page, () => page.call('gaps', { client, chunk, work, count: share(client, COUNT, work) }));
  };
  const measured = [];
  // One browser at a time: frames of others would disturb the measurement.
  for (const task of TASKS) {
    const found = await takeTurns([task.title], start(task), { rounds: 1, turns: 3, random: seeded(0) });
    measured.push({ task, samples: found.get(task.title).samples });
  }
  const goals = measured
    .filter(({ task }) => task.client === OURS)
    .flatMap(({ task, samples }) => goalsOf(task, samples));
  const busiest = TASKS.findLast(({ client }) => client === OURS);
  const columns = ['what the page reads'];
  for (const what of ['timer', 'frame']) columns.push(`longest without a ${what}`, 'best run');
  return {
    title: `A page that is kept busy, Chromium ${version}`,
    note:
      `Timers (\`setTimeout\`, one after the other) and frames (\`requestAnimationFrame\`) while ${COUNT.toLocaleString('en')} events (a tenth of that for the browser’s own, and where each is work) come as fast as they are read: the longest that ` +
      'the page was kept from either, in ms, in the median and in the best of the runs, and how many of each it had in a second.',
    columns: [...columns, 'timers/s', 'frames/s'],
    rows: measured.map(({ task, samples }) => [
      task.title,
      ...['timers', 'frames'].flatMap(what => [median, best].map(of => of(longestOf(samples, what)))),
      ...['timers', 'frames'].map(what => median(ratesOf(samples, what))),
    ]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: `What the page does meanwhile: ${busiest.title}`,
      rows: await profileOf(start(busiest)),
    })),
  };
}
