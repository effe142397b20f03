// How many streams one process of rx-sse holds, and what each weighs: there, in the chat's server, and in nginx.
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

/** Opens streams up to each of `sizes` in a fresh process, beside a server in another one. */
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

/** The weight of one more stream between the last two of `sizes`, and the time to open all of them. */
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
  { key: 'heap', title: 'heap of a stream, kB' },
  { key: 'rss', title: 'resident memory of a stream, kB' },
  { key: 'whole', title: 'resident memory of the process with all of them, MB' },
  { key: 'seconds', title: 'seconds to open all of them' },
  { key: 'cpu', title: 'CPU time to open one, µs' },
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
  const limits = `A process may have ${formatted(bound.files)} file descriptors here, and a pair of addresses ${formatted(bound.ports)} ports; the streams go to ${counted(bound.addresses.length, 'address')}.`;
  const less = bound.why ? ` More than ${to} were not possible: ${bound.why}.` : '';
  return {
    title: `Idle streams in one process, Node ${process.versions.node}`,
    note:
      `A process opens ${sizes.map(formatted).join(', then ')} streams, ${quick ? 'once' : `the median of ${ROUNDS} processes`}; each brings one event, and is idle then. What one weighs is the growth from ${from} to ${to}, after garbage collection. ` +
      `The server is another process. ${limits}${less}`,
    columns: ['', 'rx-sse', 'bare fetch reader', 'rx-sse adds', 'times'],
    rows: rows.map(({ title, ours, bare }) => [title, ours, bare, ours - bare, ours / bare]),
    goals: quick
      ? []
      : [limit('idle', 'heap of a stream, times that of a bare fetch reader', { most: 1.1 }, heap.ours / heap.bare)],
    figures: { kind: 'idle streams', sizes, limits, less, rows, ports: bound.ports },
  };
}

/** @returns {Promise<Table>} */
async function onTheWay({ quick, report }) {
  report('idle streams in the server and in nginx');
  const { streams, server, balancer, heartbeat } = await weighStations(quick);
  return {
    title: `Idle streams on their way, Node ${process.versions.node}`,
    note: `What one more of ${formatted(streams)} streams weighs that nothing is sent on, and what it takes to open it, and for a heartbeat. Their clients are bare sockets in another process.`,
    columns: ['', ''],
    rows: [
      ['chat server: heap of a stream, kB', server.heap],
      ['chat server: resident memory of a stream, kB', server.rss],
      ['nginx, without buffers for answers: resident memory of a stream, kB', balancer ?? 'no nginx is found'],
      ['chat server: CPU time to open a stream, µs', server.open],
      ['chat server: CPU time of a heartbeat, µs', heartbeat],
    ],
    figures: { kind: 'stations', streams, server, balancer, heartbeat },
  };
}

/** @returns {Promise<Table[]>} */
export async function run({ quick, report }) {
  return [await inOneProcess({ quick, report }), await onTheWay({ quick, report })];
}
