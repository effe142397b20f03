// Checks whether costs stay the same as streams get longer, more and older. Creates tables, and plots in bench/plots.
import { limit } from '../lib/goals.mjs';
import { seeded, shuffled } from '../lib/random.mjs';
import { best, median } from '../lib/turns.mjs';
import { draw, points, windowsOf } from './draw.mjs';
import { block } from './events.mjs';
import { bytesForEach, flat, growthPerTenfold, mean, POINTER } from './growth.mjs';
import { CLIENTS, inTurns, OURS, profiles, withServer } from './in-turns.mjs';
import { reconnects } from './reconnects.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const formatted = number => number.toLocaleString('en');

/** @returns {Promise<Table>} */
async function events(context) {
  const { origin } = context;
  const marks = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7];
  // Windows near the start are short, so they are measured on many connections. The order is random, because a process
  // gets faster over time. All connections continue beyond their last mark, because the end of a connection has been
  // read before.
  const lengths = [...Array(60).fill(1e4), ...Array(15).fill(1e5), ...Array(3).fill(1e6), 1e7].map(mark => mark + 5000);
  const task = { task: 'events', client: OURS, origin, marks, connections: shuffled(lengths, seeded(1)) };
  const found = (await inTurns(context, 4, [task])).get(task);
  const windows = windowsOf(marks);
  const sizes = windows.map(({ at }) => at);
  // The mean, because rare events such as garbage collection hit few short windows, but all long ones.
  const runs = found.map(({ costs }) => costs.map(mean));
  const all = windows.map((_, i) => runs.map(costs => costs[i]));
  const growth = growthPerTenfold(sizes, runs);
  const plotted = await draw('events', {
    title: 'CPU time of an event, by how many came before it',
    x: 'events that the connection has delivered',
    y: 'ns per event',
    logarithmic: true,
    ticks: marks.filter(mark => Number.isInteger(Math.log10(mark))),
    lines: [
      { name: 'median', points: points(sizes, all.map(median)) },
      { name: 'best', points: points(sizes, all.map(best)) },
    ],
  });
  const goals = [flat('events', 'cost of an event, by how many came before it on the connection', growth)];
  return {
    title: `Scaling, Node ${process.versions.node}: events on one connection`,
    note:
      'CPU time of the client for each event, which is compared with what was sent, between two marks on one connection over loopback, thus without what opening it costs: ' +
      `a connection of ten million events has passed all of them. A line through the means of ${found.length} processes grows by a factor of ${growth.likely.toFixed(3)} for each tenfold.${plotted}`,
    columns: ['from event', 'to event', 'ns per event, best process', 'median'],
    rows: windows.map(({ from, to }, i) => [formatted(from), formatted(to), best(all[i]), median(all[i])]),
    goals,
    profiles: await profiles(context, goals, {
      events: { ...task, connections: [1e7], title: 'Where the ten millionth event spends its time' },
    }),
  };
}

/** @returns {Promise<Table>} */
async function memory(context) {
  const { origin } = context;
  const marks = Array.from({ length: 10 }, (_, i) => (i + 1) * 1e6);
  const task = { task: 'memory', client: OURS, origin, marks };
  const found = (await inTurns(context, 2, [task])).get(task);
  const runs = found.map(({ heaps }) => heaps);
  const reachable = marks.map((_, i) => median(runs.map(heaps => heaps[i])));
  const { likely, most } = bytesForEach(marks, runs);
  const perChunk = block.data.length;
  const plotted = await draw('events-memory', {
    title: 'Reachable memory, as one connection delivers its events',
    x: 'events delivered',
    y: 'kB',
    lines: [{ name: OURS, points: points(marks, reachable) }],
  });
  const goals = [
    // A coarser measurement could also show that there is no pointer per event.
    limit('memory', 'bytes that a longer stream keeps of each chunk of 64 kB', { most: POINTER }, most * perChunk),
  ];
  return {
    title: `Scaling, Node ${process.versions.node}: memory of one connection`,
    note:
      `What is reachable, after garbage collection, when so many events have been delivered. A line through it keeps ${(likely * perChunk).toFixed(2)} bytes of each chunk, which has ${perChunk} events. ` +
      `Peak resident memory: ${Math.round(Math.max(...found.map(({ peak }) => peak)) / 1024)} MB.${plotted}`,
    columns: ['events', 'reachable, kB'],
    rows: marks.map((mark, i) => [formatted(mark), reachable[i]]),
    goals,
    profiles: await profiles(context, goals, {
      memory: { ...task, kept: true, title: 'By which functions what is still reachable in the end was asked for' },
    }),
  };
}

/** @returns {Promise<Table>} */
async function streams(context) {
  const { origin } = context;
  const sizes = [1, 100, 1000, 5000];
  const each = 100;
  const tasks = CLIENTS.flatMap(client =>
    sizes.map(count => {
      const samples = count === 1 ? 30 : count < 1000 ? 8 : 2;
      return { task: 'streams', client, origin, count, events: each, samples };
    }),
  );
  const found = await inTurns(context, 3, tasks);
  const resultsOf = client => tasks.filter(task => task.client === client).map(task => found.get(task));
  const microseconds = ({ costs }) => costs.map(cost => cost / 1000);
  const all = client => resultsOf(client).map(results => results.flatMap(microseconds));
  // The cost of a single stream in its own process is shown. The costs of many are compared.
  const many = sizes.filter(size => size >= 100);
  const runsOf = client => {
    const results = resultsOf(client).slice(-many.length);
    return results[0].map((_, round) => results.map(rounds => median(microseconds(rounds[round]))));
  };
  const growth = growthPerTenfold(many, runsOf(OURS));
  const goals = [flat('streams', 'cost of a stream, by how many of 100 or more there are at once', growth)];
  const [ours, bare] = CLIENTS.map(all);
  const platform = growthPerTenfold(many, runsOf('bare fetch'));
  const plotted = await draw('streams', {
    title: 'CPU time per stream, by the number of streams at once',
    x: 'streams at once',
    y: 'µs per stream',
    logarithmic: true,
    lines: [
      { name: OURS, points: points(sizes, ours.map(median)) },
      { name: 'bare fetch', points: points(sizes, bare.map(median)) },
    ],
  });
  return {
    title: `Scaling, Node ${process.versions.node}: streams at once`,
    note:
      `CPU time of the client per stream, from subscribing to all of them until each has delivered ${each} events and ended. Beside a bare fetch reader, which only counts bytes: what grows with it is the platform’s. ` +
      `For each tenfold from 100 on, rx-sse grows by a factor of ${growth.likely.toFixed(3)} and the bare reader by ${platform.likely.toFixed(3)}.${plotted}`,
    columns: ['streams', 'µs per stream, best', 'median', 'bare fetch, best', 'median'],
    rows: sizes.map((size, i) => [formatted(size), best(ours[i]), median(ours[i]), best(bare[i]), median(bare[i])]),
    goals,
    profiles: await profiles(context, goals, {
      streams: { ...tasks[sizes.length - 1], samples: 1, title: 'Where the most streams at once spend their time' },
    }),
  };
}

/** @returns {Promise<Table>} */
async function idle(context) {
  const { origin } = context;
  const marks = [100, 300, 1000, 2000, 3000, 4000, 5000];
  const tasks = CLIENTS.map(client => ({ task: 'idle', client, origin, marks }));
  const found = await inTurns(context, 2, tasks);
  const windows = windowsOf(marks);
  const sizes = windows.map(({ at }) => at);
  const [ourRuns, bareRuns] = tasks.map(task =>
    found.get(task).map(({ heaps }) => windows.map(({ from, to }, i) => (heaps[i + 1] - heaps[i]) / (to - from))),
  );
  const [ours, bare] = [ourRuns, bareRuns].map(runs => sizes.map((_, i) => median(runs.map(run => run[i]))));
  const growth = growthPerTenfold(sizes, ourRuns);
  const platform = growthPerTenfold(sizes, bareRuns);
  const plotted = await draw('streams-memory', {
    title: 'Memory of an idle stream, by how many there are',
    x: 'streams that are open',
    y: 'kB per stream',
    logarithmic: true,
    ticks: [100, 1000, 5000],
    lines: [
      { name: OURS, points: points(sizes, ours) },
      { name: 'bare fetch', points: points(sizes, bare) },
    ],
  });
  const goals = [flat('idle', 'memory of an idle stream, by how many were open before it', growth)];
  return {
    title: `Scaling, Node ${process.versions.node}: memory of idle streams`,
    note:
      'What one more stream keeps reachable, while more and more are opened in one process and idle after an event each. ' +
      `For each tenfold, rx-sse grows by a factor of ${growth.likely.toFixed(3)} and a bare fetch reader by ${platform.likely.toFixed(3)}.${plotted}`,
    columns: ['from stream', 'to stream', 'kB per stream', 'bare fetch, kB'],
    rows: windows.map(({ from, to }, i) => [formatted(from), formatted(to), ours[i], bare[i]]),
    goals,
    profiles: await profiles(context, goals, {
      idle: { ...tasks[0], kept: true, title: 'By which functions the memory of 5,000 idle streams was asked for' },
    }),
  };
}

/**
 * @param {object} options
 * @param {(line: string) => void} options.report
 * @returns {Promise<Table[]>}
 */
export function run({ report }) {
  return withServer(async (origin, server) => {
    const tables = [];
    for (const measure of [events, memory, streams, idle, reconnects])
      tables.push(await measure({ origin, server, report }));
    return tables;
  });
}
