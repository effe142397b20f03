// Measures how many events per second the chat’s server sends to its subscribers, the cost of each, and the latency.
import { withProcesses } from '../lib/asked-process.mjs';
import { isInstalled, startRedis } from '../lib/programs.mjs';
import { measureAt } from './measure.mjs';
import { readersOf } from './redis-readers.mjs';
import { Subscribers } from './subscribers.mjs';

/** @typedef {import('../../lib/table.mjs').Table} Table */

const FULL = { subscribers: [1, 10, 100, 1000], runs: 3, seconds: 3, shares: [0.25, 0.5, 0.8] };
const QUICK = { subscribers: [1, 50], runs: 1, seconds: 0.5, shares: [0.5] };
/** The share of its maximum at which a server counts as saturated. */
const NEAR = 0.9;
/** The interval of the heartbeats, in milliseconds: long enough not to disturb the measurement. */
const HEARTBEAT = 15_000;

const formatted = number => number.toLocaleString('en');
const percent = share => `${Math.round(share * 100)} %`;

/** Measures the work of a server at each number of subscribers, with `redis` if it’s given. */
const measure = ({ subscribers: sizes, ...options }, redis, report) =>
  withProcesses(async start => {
    const server = start(new URL('../lib/chat-server.mjs', import.meta.url), {
      redis: redis?.url,
      heartbeat: HEARTBEAT,
    });
    const port = await server.ask('port');
    const poster = start(new URL('poster.mjs', import.meta.url), { port });
    const bench = { server, poster, subscribers: new Subscribers(start, port), redis };
    const found = [];
    for (const size of sizes) {
      report(`${redis ? 'Redis' : 'files'}, ${formatted(size)} subscribers`);
      found.push(await measureAt(bench, size, options));
    }
    await server.ask('close');
    return found;
  });

/** Returns the maximum of the deliveries, and the number of subscribers at which the server almost reaches it. */
function saturation(rows) {
  const most = Math.max(...rows.map(({ deliveries }) => deliveries));
  return { most, from: rows.find(({ deliveries }) => deliveries >= NEAR * most).subscribers };
}

/** @returns {Table} */
function table(store, title, rows, shares, version) {
  const { most, from } = saturation(rows);
  return {
    title: `Fan-out of one chat server with its messages in ${title}, Node ${process.versions.node}`,
    note:
      `Messages are posted as fast as the server accepts them, and each is sent to all subscribers. These are bare sockets in other processes, which count events. CPU time is that of the server’s process, except for “by the subscribers”, which is that of their processes. ` +
      `It sends at most ${formatted(Math.round(most))} events per second, and ${percent(NEAR)} of that or more with ${formatted(from)} subscribers and above. ` +
      `Latency is the time from the POST until the last subscriber has the message, at a share of the messages per second that the server can take.`,
    columns: [
      'subscribers',
      'messages/s',
      'deliveries/s',
      'CPU µs per delivery',
      'by the subscribers',
      'CPU µs per message',
      'share of a processor',
      ...shares.flatMap(share => [`p50 ms at ${percent(share)}`, `p99 ms at ${percent(share)}`]),
      ...(version ? ['Redis: CPU µs per message', 'of that, the script', 'reads per message'] : []),
    ],
    rows: rows.map(row => [
      formatted(row.subscribers),
      row.messages,
      row.deliveries,
      row.cpu,
      row.subscriber,
      row.cpu * row.subscribers,
      row.busy,
      ...row.latencies.flatMap(({ p50, p99 }) => [p50, p99]),
      ...(version ? [row.redisCpu, row.append, row.reads] : []),
    ]),
    figures: { kind: 'fan-out', store, title, rows, most, from, version },
  };
}

/** @returns {Table} */
function redisTable({ processes, rooms }, version) {
  const rowsOf = ({ sizes, redis, own }, named) =>
    sizes.map((size, i) => [...named(formatted(size)), redis.costs[i], own.costs[i]]);
  return {
    title: `Fan-out of Redis ${version} to processes`,
    note:
      `The CPU time of Redis per message grows with the number of connections that wait for it, each with an XREAD that names one room: ${processes.redis.each.toFixed(1)} µs per connection, by linear regression. ` +
      `It also grows with the number of rooms that the XREAD of one connection names: ${rooms.redis.each.toFixed(2)} µs per room. “CPU here” is the CPU time of the benchmark’s process, which posts and reads all messages.`,
    columns: ['connections', 'rooms per connection', 'CPU of Redis, µs', 'CPU here, µs'],
    rows: [...rowsOf(processes, count => [count, '1']), ...rowsOf(rooms, count => ['1', count])],
    figures: { kind: 'redis', processes, rooms, version },
  };
}

/** @returns {Promise<Table[]>} */
export async function run({ quick, report }) {
  const options = quick ? QUICK : FULL;
  const tables = [table('files', 'a file', await measure(options, undefined, report), options.shares)];
  if (!isInstalled('redis-server')) {
    console.error('Redis not found: its fan-out is skipped.');
    return tables;
  }
  const redis = await startRedis();
  try {
    const rows = await measure(options, redis, report);
    tables.push(table('Redis', `Redis ${redis.version}`, rows, options.shares, redis.version));
    report('readers of Redis');
    tables.push(redisTable(await readersOf(redis, quick), redis.version));
  } finally {
    await redis.close();
  }
  return tables;
}
