// Does the cost stay what it is as streams grow longer, more, and older? Tables, and plots in bench/plots.
import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { goal } from '../lib/goals.mjs';
import { seeded, shuffled } from '../lib/random.mjs';
import { best, median } from '../lib/turns.mjs';
import { plot } from './plot.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const CLIENTS = ['rx-sse', 'bare fetch'];
/** How much more the last may cost than the cheapest before counts as flat. Below it is what a busy machine does by itself. */
const FLAT = 1.25;
/** How much more may be reachable at the end, in kB: what engines add as they go. One byte kept per event would be 10 MB. */
const FLAT_HEAP = 1024;

const file = name => fileURLToPath(new URL(name, import.meta.url));

/** Runs `measure` beside the server, both in processes of their own, and ends the server. */
async function withServer(measure) {
  const server = fork(file('server.mjs'));
  try {
    const [{ port }] = await new Promise((resolve, reject) => {
      server.once('message', (...message) => resolve(message)).once('error', reject);
    });
    return await measure(`http://127.0.0.1:${port}`, server);
  } finally {
    server.disconnect();
  }
}

/** A task in a fresh process, and what it found. @returns {Promise<any>} */
function work(server, task) {
  return new Promise((resolve, reject) => {
    let result;
    const worker = fork(file('worker.mjs'), [JSON.stringify(task)], { execArgv: ['--expose-gc'] });
    worker.on('message', message => {
      if (message.release) server.send(message);
      else ({ result } = message);
    });
    worker.on('exit', (code, signal) => {
      if (result) resolve(result);
      else reject(new Error(`${JSON.stringify(task)} ended with ${signal ?? code} and no result`));
    });
  });
}

/** All combinations of clients and sizes, each in a process of its own, in an order shuffled anew in each of `rounds`. */
async function inTurns(server, rounds, tasks) {
  const random = seeded(10);
  const found = new Map(tasks.map(task => [task, []]));
  for (let round = 0; round < rounds; round++) {
    for (const task of shuffled(tasks, random)) found.get(task).push(await work(server, task));
  }
  return found;
}

const growth = costs => costs[costs.length - 1] / Math.min(...costs);

/** A goal: the last costs at most `most` times what the cheapest does. */
const flat = (name, { medians, bests }, most = FLAT) =>
  goal(name, { most }, { median: growth(medians), best: growth(bests) });

/** A goal: nothing is kept for each event, or each connection. */
function flatHeap(name, heaps) {
  const grown = heaps[heaps.length - 1] - Math.min(...heaps);
  return goal(name, { most: FLAT_HEAP }, { median: grown, best: grown });
}

const plots = new URL('../plots/', import.meta.url);

/** Draws into bench/plots, a file for each version of Node; a quick run is not worth one. Answers with what to say of it. */
async function draw(quick, name, options) {
  if (quick) return '';
  const svg = `${name}-node-${process.versions.node.split('.')[0]}.svg`;
  await mkdir(plots, { recursive: true });
  await writeFile(new URL(svg, plots), plot(options));
  return ` [Plot](plots/${svg}).`;
}

/** @returns {Promise<Table[]>} */
async function events(origin, server, quick) {
  const sizes = quick ? [1e3, 1e4, 1e5, 1e6] : [1e3, 1e4, 1e5, 1e6, 1e7];
  const tasks = sizes.map(count => {
    // As many events of each size, but no size less often than needed to tell a best sample.
    const samples = Math.max(quick ? 3 : 2, Math.min(40, 2e6 / count));
    return { task: 'events', client: 'rx-sse', origin, count, samples };
  });
  const found = await inTurns(server, quick ? 1 : 2, tasks);
  const costs = tasks.map(task => found.get(task).flatMap(result => result.costs));
  const { heaps, peak } = await work(server, { task: 'memory', client: 'rx-sse', origin, marks: sizes });
  const bests = costs.map(best);
  const medians = costs.map(median);
  const cpuPlot = await draw(quick, 'events', {
    title: 'CPU time per event, by the number of events on one connection',
    x: 'events',
    y: 'ns per event',
    logarithmic: true,
    lines: [
      { name: 'best', points: sizes.map((size, i) => [size, bests[i]]) },
      { name: 'median', points: sizes.map((size, i) => [size, medians[i]]) },
    ],
  });
  const memoryPlot = await draw(quick, 'events-memory', {
    title: 'Reachable memory, as one connection delivers its events',
    x: 'events delivered',
    y: 'kB',
    logarithmic: true,
    lines: [{ name: 'rx-sse', points: sizes.map((size, i) => [size, heaps[i]]) }],
  });
  return [
    {
      title: 'Scaling: events on one connection',
      note:
        'CPU time of the client per event, each compared with what was sent, from the first to the last of one connection ' +
        `over loopback.${cpuPlot} And what is reachable when that many have been delivered.${memoryPlot} ` +
        `Peak resident memory: ${Math.round(peak / 1024)} MB.`,
      columns: ['events', 'ns per event, best', 'median', 'reachable, kB'],
      rows: sizes.map((size, i) => [size.toLocaleString('en'), bests[i], medians[i], heaps[i]]),
      goals: [
        flat('cost per event of the longest stream, over the cheapest', { medians, bests }),
        flatHeap('memory that a longer stream adds, in kB', heaps),
      ],
    },
  ];
}

/** @returns {Promise<Table[]>} */
async function streams(origin, server, quick) {
  const sizes = quick ? [1, 100, 1000] : [1, 100, 1000, 5000];
  const each = 100;
  const tasks = CLIENTS.flatMap(client =>
    sizes.map(count => {
      const samples = count === 1 ? 30 : count === 100 ? 10 : 3;
      return { task: 'streams', client, origin, count, events: each, samples };
    }),
  );
  const found = await inTurns(server, quick ? 1 : 3, tasks);
  const figures = (client, pick) =>
    sizes.map(count => {
      const task = tasks.find(other => other.client === client && other.count === count);
      return pick(found.get(task));
    });
  const microseconds = results => results.flatMap(({ costs }) => costs.map(cost => cost / 1000));
  const [bests, bareBests] = CLIENTS.map(client => figures(client, results => best(microseconds(results))));
  const [medians, bareMedians] = CLIENTS.map(client => figures(client, results => median(microseconds(results))));
  const [memory, bareMemory] = CLIENTS.map(client =>
    figures(client, results => median(results.flatMap(({ kilobytes }) => kilobytes))),
  );
  // One stream's memory drowns in that of the process.
  const ofMany = values => values.filter((_, i) => sizes[i] >= 100);
  const points = values => values.map((value, i) => /** @type {[number, number]} */ ([sizes[i], value]));
  const cpuPlot = await draw(quick, 'streams', {
    title: 'CPU time per stream, by the number of streams at once',
    x: 'streams at once',
    y: 'µs per stream',
    logarithmic: true,
    lines: [
      { name: 'rx-sse', points: points(medians) },
      { name: 'bare fetch', points: points(bareMedians) },
    ],
  });
  const memoryPlot = await draw(quick, 'streams-memory', {
    title: 'Memory per idle stream, by the number of streams at once',
    x: 'streams at once',
    y: 'kB per stream',
    logarithmic: true,
    lines: [
      { name: 'rx-sse', points: ofMany(points(memory)) },
      { name: 'bare fetch', points: ofMany(points(bareMemory)) },
    ],
  });
  return [
    {
      title: 'Scaling: streams at once',
      note:
        `CPU time of the client per stream, from subscribing to all streams until each has delivered ${each} events and ended.${cpuPlot} ` +
        `And what is reachable per stream while all of them idle.${memoryPlot} Beside a bare fetch reader, which only counts bytes: ` +
        'what grows with that is the platform’s.',
      columns: [
        'streams',
        'µs per stream, best',
        'median',
        'bare fetch, best',
        'median',
        'kB idle',
        'bare fetch, kB idle',
      ],
      rows: sizes.map((size, i) => [
        size.toLocaleString('en'),
        bests[i],
        medians[i],
        bareBests[i],
        bareMedians[i],
        memory[i],
        bareMemory[i],
      ]),
      goals: [
        flat('cost per stream of the most streams, over the cheapest', { medians, bests }),
        flat('memory per idle stream of the most streams, over the cheapest of 100 or more', {
          medians: ofMany(memory),
          bests: ofMany(memory),
        }),
      ],
    },
  ];
}

/** @returns {Promise<Table[]>} */
async function reconnects(origin, server, quick) {
  const count = quick ? 2000 : 10_000;
  const windows = 10;
  const runs = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    runs.push(await work(server, { task: 'reconnects', origin, count, windows }));
  }
  const sizes = Array.from({ length: windows }, (_, i) => ((i + 1) * count) / windows);
  const costs = sizes.map((_, i) => runs.map(run => run.costs[i] / 1000));
  const heaps = sizes.map((_, i) => median(runs.map(run => run.heaps[i])));
  const bests = costs.map(best);
  const medians = costs.map(median);
  const first = values => values.slice(0, windows / 2);
  const last = values => values.slice(windows / 2);
  const cpuPlot = await draw(quick, 'reconnects', {
    title: 'CPU time per reconnect of one subscription',
    x: 'reconnects',
    y: 'µs per reconnect',
    lines: [
      { name: 'best', points: sizes.map((size, i) => [size, bests[i]]) },
      { name: 'median', points: sizes.map((size, i) => [size, medians[i]]) },
    ],
  });
  const memoryPlot = await draw(quick, 'reconnects-memory', {
    title: 'Reachable memory, as one subscription reconnects',
    x: 'reconnects',
    y: 'kB',
    lines: [{ name: 'rx-sse', points: sizes.map((size, i) => [size, heaps[i]]) }],
  });
  return [
    {
      title: 'Scaling: reconnects of one subscription',
      note:
        `CPU time of the client per connection: request, one event that moves the position, clean end, wait of 0 ms.${cpuPlot} ` +
        `And what is reachable after that many.${memoryPlot}`,
      columns: ['reconnects', 'µs per reconnect, best', 'median', 'reachable, kB'],
      rows: sizes.map((size, i) => [size.toLocaleString('en'), bests[i], medians[i], heaps[i]]),
      goals: [
        goal(
          'cost of the last half of the reconnects, over the first',
          { most: FLAT },
          { median: median(last(medians)) / median(first(medians)), best: best(last(bests)) / best(first(bests)) },
        ),
        flatHeap('memory that reconnects add, in kB', heaps),
      ],
    },
  ];
}

/** @param {{ quick?: boolean }} options @returns {Promise<Table[]>} */
export function run({ quick = false } = {}) {
  return withServer(async (origin, server) => [
    ...(await events(origin, server, quick)),
    ...(await streams(origin, server, quick)),
    ...(await reconnects(origin, server, quick)),
  ]);
}
