// Measures how many streams one process of rx-sse holds, and the cost of each: there, in the chat’s server, and in nginx.
import { limit } from '../../lib/goals.mjs';
import { seeded, shuffled } from '../../lib/random.mjs';
import { median } from '../../lib/turns.mjs';
import { withProcesses } from '../lib/asked-process.mjs';
import { addressesFor, possible } from '../lib/limits.mjs';
import { weighStations } from './stations.mjs';

/** @typedef {import('../../lib/table.mjs').Table} Table */

const OURS = 'rx-sse';
const CLIENTS = [OURS, 'bare fetch'];
const SIZES = [100, 1000, 10_000];
const QUICK_SIZES = [50, 250];
const ROUNDS = 3;

const file = name => new URL(`${name}.mjs`, import.meta.url);
const formatted = number => number.toLocaleString('en');
const counted = (number, name) => `${number} ${name}${number === 1 ? '' : 'es'}`;

/** Opens streams up to each of `sizes` in a fresh process. The server is in another one. */
const hold = (client, sizes) =>
  withProcesses(async start => {
    const server = start(file('server'));
    const port = await server.ask('port');
    const origins = addressesFor(sizes.at(-1)).map(address => `http://${address}:${port}`);
    const holder = start(file('holder'), { client, origins }, ['--expose-gc']);
    const found = [];
    for (const size of sizes) found.push(await holder.ask('hold', size));
    const requests = await server.ask('requests');
    if (requests !== sizes.at(-1)) throw new Error(`${client} made ${requests} requests for ${sizes.at(-1)} streams`);
    return found;
  });

/** Returns the memory of each stream between the last two of `sizes`, and the time to open all streams. */
function costsOf(found, sizes) {
  const [before, last] = found.slice(-2);
  const streams = sizes.at(-1) - sizes.at(-2);
  return {
    heap: (last.heap - before.heap) / streams,
    rss: (last.rss - before.rss) / streams,
    whole: last.rss / 1024,
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    cpu: found.reduce((sum, { cpu, opened }) => sum + cpu * opened, 0) / sizes.at(-1),
  };
}

const MEASURES = [
  { key: 'heap', title: 'heap per stream, kB' },
  { key: 'rss', title: 'resident memory per stream, kB' },
  { key: 'whole', title: 'resident memory of the process with all streams, MB' },
  { key: 'seconds', title: 'seconds to open all streams' },
  { key: 'cpu', title: 'CPU time to open a stream, µs' },
];

/** @returns {Promise<Table>} */
async function inOneProcess({ quick, report }) {
  const wanted = quick ? QUICK_SIZES : SIZES;
  const bound = await possible(wanted.at(-1));
  const sizes = [...wanted.slice(0, -1), bound.streams];
  const random = seeded(11);
  const runs = new Map(CLIENTS.map(client => [client, []]));
  for (let round = 1; round <= (quick ? 1 : ROUNDS); round++) {
    report(`idle streams, round ${round}`);
    for (const client of shuffled(CLIENTS, random)) runs.get(client).push(costsOf(await hold(client, sizes), sizes));
  }
  const of = (client, key) => median(runs.get(client).map(costs => costs[key]));
  const rows = MEASURES.map(({ key, title }) => {
    const [ours, bare] = CLIENTS.map(client => of(client, key));
    return { key, title, ours, bare };
  });
  const from = formatted(sizes.at(-2));
  const to = formatted(sizes.at(-1));
  const { heap } = Object.fromEntries(rows.map(row => [row.key, row]));
  const limits = `On this machine, a process may have ${formatted(bound.files)} file descriptors, and a pair of addresses has ${formatted(bound.ports)} ports. The streams connect to ${counted(bound.addresses.length, 'address')}.`;
  const less = bound.why ? ` More than ${to} weren’t possible: ${bound.why}.` : '';
  return {
    title: `Idle streams in one process, Node ${process.versions.node}`,
    note:
      `A process opens ${sizes.map(formatted).join(', then ')} streams${quick ? ', once' : `. The figures are medians of ${ROUNDS} processes`}. Each stream delivers one event, and is idle after that. The memory of a stream is the growth from ${from} to ${to} streams, after garbage collection. ` +
      `The server is another process. ${limits}${less}`,
    columns: ['', 'rx-sse', 'bare fetch reader', 'rx-sse adds', 'ratio'],
    rows: rows.map(({ title, ours, bare }) => [title, ours, bare, ours - bare, ours / bare]),
    goals: quick
      ? []
      : [limit('idle', 'heap per stream, relative to a bare fetch reader', { most: 1.1 }, heap.ours / heap.bare)],
    figures: { kind: 'idle streams', sizes, limits, less, rows, ports: bound.ports },
  };
}

/** @returns {Promise<Table>} */
async function onTheWay({ quick, report }) {
  report('idle streams in the server and in nginx');
  const { streams, server, balancer, heartbeat } = await weighStations(quick);
  return {
    title: `Idle streams in the server and in nginx, Node ${process.versions.node}`,
    note: `The memory of an idle stream, with ${formatted(streams)} of them open, and the CPU time to open a stream and to send a heartbeat. The clients are bare sockets in another process.`,
    columns: ['', ''],
    rows: [
      ['chat server: heap per stream, kB', server.heap],
      ['chat server: resident memory per stream, kB', server.rss],
      ['nginx, without response buffers: resident memory per stream, kB', balancer ?? 'nginx not found'],
      ['chat server: CPU time to open a stream, µs', server.open],
      ['chat server: CPU time per heartbeat, µs', heartbeat],
    ],
    figures: { kind: 'stations', streams, server, balancer, heartbeat },
  };
}

/** @returns {Promise<Table[]>} */
export async function run({ quick, report }) {
  return [await inOneProcess({ quick, report }), await onTheWay({ quick, report })];
}
