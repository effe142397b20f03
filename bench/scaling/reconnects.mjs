import { limit } from '../lib/goals.mjs';
import { best, median } from '../lib/turns.mjs';
import { draw, points } from './draw.mjs';
import { bytesForEach, flat, growthPerTenfold, POINTER } from './growth.mjs';
import { CLIENTS, inTurns, OURS, profiles } from './in-turns.mjs';

const COUNT = 10_000;
const WINDOWS = 10;
const MARKS = Array.from({ length: WINDOWS }, (_, i) => ((i + 1) * COUNT) / WINDOWS);
/** The middle of each window. */
const MIDDLES = MARKS.map(mark => mark - COUNT / WINDOWS / 2);

/** @returns {Promise<import('../lib/table.mjs').Table>} */
export async function reconnects(context) {
  const { origin } = context;
  const tasks = CLIENTS.map(client => ({ task: 'reconnects', client, origin, count: COUNT, windows: WINDOWS }));
  const found = await inTurns(context, 3, tasks);
  const [ours, bare] = tasks.map(task => found.get(task));
  const [costs, bareCosts] = [ours, bare].map(runs => MARKS.map((_, i) => runs.map(run => run.costs[i] / 1000)));
  const [heaps, bareHeaps] = [ours, bare].map(runs => MARKS.map((_, i) => median(runs.map(run => run.heaps[i]))));
  const growth = growthPerTenfold(
    MIDDLES,
    ours.map(run => run.costs),
  );
  const { kept, keptByFetch } = keptOf(ours, bare);
  const plotted = await drawCosts(costs, bareCosts);
  const plottedMemory = await drawMemory(heaps, bareHeaps);
  const goals = [
    flat('reconnects', 'cost of a reconnect, by how many came before it', growth),
    limit(
      'reconnects',
      'bytes that are kept of each reconnect, beyond those of a bare fetch',
      { most: POINTER },
      kept.most,
    ),
  ];
  return {
    title: `Scaling, Node ${process.versions.node}: reconnects of one subscription`,
    note:
      'CPU time of the client per connection: request, one event that moves the position, clean end, wait of 0 ms. Beside requests by a bare fetch, one after the other, whose bytes are counted. ' +
      `For each tenfold it grows by a factor of ${growth.likely.toFixed(3)}.${plotted} And what is reachable after that many: by a line, fetch keeps ${keptByFetch.likely.toFixed(1)} bytes of each, and rx-sse ${kept.likely.toFixed(1)} more.${plottedMemory}`,
    columns: ['reconnects', 'µs each, best', 'median', 'bare fetch, median', 'reachable, kB', 'bare fetch, kB'],
    rows: MARKS.map((mark, i) => [
      mark.toLocaleString('en'),
      best(costs[i]),
      median(costs[i]),
      median(bareCosts[i]),
      heaps[i],
      bareHeaps[i],
    ]),
    goals,
    profiles: await profiles(context, goals, {
      reconnects: {
        ...tasks[0],
        kept: true,
        title: 'By which functions what is still reachable in the end was asked for',
      },
    }),
  };
}

/** How many bytes each reconnect keeps. `fetch` also keeps memory for each request without rx-sse. */
function keptOf(ours, bare) {
  const kept = bytesForEach(
    MARKS,
    ours.map((run, round) => run.heaps.map((heap, i) => heap - bare[round].heaps[i])),
  );
  const keptByFetch = bytesForEach(
    MARKS,
    bare.map(run => run.heaps),
  );
  return { kept, keptByFetch };
}

const drawCosts = (costs, bareCosts) =>
  draw('reconnects', {
    title: 'CPU time per reconnect of one subscription',
    x: 'reconnects',
    y: 'µs per reconnect',
    lines: [
      { name: OURS, points: points(MIDDLES, costs.map(median)) },
      { name: 'bare fetch', points: points(MIDDLES, bareCosts.map(median)) },
    ],
  });

const drawMemory = (heaps, bareHeaps) =>
  draw('reconnects-memory', {
    title: 'Reachable memory, as one subscription reconnects',
    x: 'reconnects',
    y: 'kB',
    lines: [
      { name: OURS, points: points(MARKS, heaps) },
      { name: 'bare fetch', points: points(MARKS, bareHeaps) },
    ],
  });
