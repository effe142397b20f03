// Creates the results in docs/scaling.md: tables, two charts, and the calculation for 10 and 100 times as many streams.
import { barChart, chartInWords } from '../lib/charts.mjs';
import { machineInWords } from '../lib/machine.mjs';
import { figure, markdown } from '../lib/table.mjs';
import { arithmetic, ASSUMED } from './arithmetic.mjs';
import { plotStorm } from './storm/plot.mjs';

const formatted = number => Math.round(number).toLocaleString('en');
const percent = share => `${(share * 100).toFixed(1)} %`;
const times = number => ['never', 'once', 'twice'][number] ?? `${number} times`;

function idleStreams({ sizes, limits, less, rows }, stations) {
  const count = formatted(sizes.at(-1));
  const lines = rows.map(({ title, ours, bare }) => [title, ours, bare, (ours / bare).toFixed(2)]);
  const { server, balancer, streams } = stations;
  const onTheWay = [
    ['chat server: heap', server.heap],
    ['chat server: resident memory', server.rss],
    ...(balancer === undefined ? [] : [['nginx: resident memory', balancer]]),
  ];
  return [
    `${count} streams in one process:${less}`,
    markdown(['', 'rx-sse', 'bare `fetch` reader', 'ratio'], lines),
    limits,
    `Memory of a stream in the server and in nginx, with ${formatted(streams)} streams:`,
    markdown(['', 'kB per stream'], onTheWay),
    `The chat’s server uses ${formatted(server.open)} µs of CPU time to open a stream, and ${formatted(stations.heartbeat)} µs for a heartbeat.`,
  ].join('\n\n');
}

/** @returns {import('../lib/charts.mjs').Chart} */
const fanOutChart = stores => ({
  title: 'Deliveries per second of one chat server, by number of subscribers',
  series: stores.map(({ title }) => `messages in ${title}`),
  rows: stores[0].rows.map(({ subscribers }, i) => ({
    title: formatted(subscribers),
    values: stores.map(({ rows }) => rows[i].deliveries),
  })),
  format: figure,
});

/** Describes the maximum of the deliveries. */
function mostOf({ title, rows, most, from, version }) {
  const last = rows.at(-1);
  const growth =
    from === last.subscribers
      ? `and this number still grows at ${formatted(from)} subscribers`
      : `and nine tenths of that or more with ${formatted(from)} subscribers and above`;
  const together = version
    ? ` At ${formatted(last.subscribers)} subscribers, one read returns ${formatted(1 / last.reads)} messages, which each subscriber then gets in one write.`
    : '';
  return `With the messages in ${title}, it sends at most ${formatted(most)} events per second, ${growth}.${together}`;
}

/** Latency is shown at this share of the messages per second that a server can take. */
const SHARE = 0.5;

function fanOut(stores) {
  const parts = stores.map(store => [
    mostOf(store),
    markdown(
      ['subscribers', 'messages/s', 'deliveries/s', 'CPU µs per delivery', 'processors', 'p50 ms', 'p99 ms'],
      store.rows.map(({ subscribers, messages, deliveries, cpu, busy, latencies }) => {
        const { p50, p99 } = latencies.find(({ share }) => share === SHARE);
        return [formatted(subscribers), messages, deliveries, cpu, busy, p50, p99];
      }),
    ),
  ]);
  return [
    `![${chartInWords(fanOutChart(stores))}](images/fan-out.svg)`,
    ...parts.flat(),
    `“Processors” is the share of a processor that the server’s process used. Latency is the time from the POST until the last subscriber has the message, at half of these messages per second.`,
  ].join('\n\n');
}

const redis = ({ processes, rooms }) =>
  [
    markdown(
      ['processes that read', 'rooms per process', 'CPU of Redis per message, µs'],
      [
        ...processes.sizes.map((size, i) => [formatted(size), '1', processes.redis.costs[i]]),
        ...rooms.sizes.map((size, i) => ['1', formatted(size), rooms.redis.costs[i]]),
      ],
    ),
    `Each additional process costs ${figure(processes.redis.each)} µs per message. Each additional room that a process follows costs Redis ${figure(rooms.redis.each)} µs per read, and the process ${figure(rooms.own.each)} µs.`,
  ].join('\n\n');

const attemptsOf = (attempts, clients) =>
  attempts.map(({ shares, expected }) => ({
    found: shares.map(share => share * clients),
    expected: expected.map(share => share * clients),
  }));

/** Adds up the attempts of a storm in one histogram. */
function together(histograms, key) {
  const length = Math.max(...histograms.map(histogram => histogram[key].length));
  return Array.from({ length }, (_, i) => histograms.reduce((sum, histogram) => sum + (histogram[key][i] ?? 0), 0));
}

function stormPlot({ clients, bucket, jitter, jittered, plain }) {
  const panel = (title, attempts) => {
    const histograms = attemptsOf(attempts, clients);
    return { title, found: together(histograms, 'found'), expected: together(histograms, 'expected') };
  };
  return plotStorm({
    title: `Clients that reconnect in each ${bucket} ms, out of ${formatted(clients)}`,
    x: 'seconds since the server was killed',
    bucket,
    panels: [panel(`jitter ${jitter}, the default`, jittered), panel('jitter 0', plain)],
  });
}

function storm(figures, { open }) {
  const { clients, retry, refusals, storms, bucket, jitter, jittered, plain } = figures;
  const seconds = (10_000 * open) / 1e6;
  const rows = [
    ...jittered.map((attempt, i) => [`jitter ${jitter}, attempt ${i + 1}`, attempt]),
    ...plain.map((attempt, i) => [`jitter 0, attempt ${i + 1}`, attempt]),
  ].map(([title, { most, mostExpected, difference, planned, chance, late }]) => [
    title,
    most,
    mostExpected,
    ...[planned, chance, difference].map(percent),
    late,
  ]);
  const words = `Clients that reconnect in each ${bucket} ms. With jitter ${jitter}, at most ${formatted(jittered[0].most)} of ${formatted(clients)} at the first attempt; without jitter, ${formatted(plain[0].most)}`;
  return [
    `A server with ${formatted(clients)} subscribers is killed. It had sent \`retry: ${retry}\`. Its replacement closes the connection of each client ${times(refusals)}, and then serves the client. These are the results of ${storms} storms with jitter, and ${storms} without:`,
    `![${words}.](images/storm.svg)`,
    markdown(
      [
        '',
        `most in ${bucket} ms`,
        'policy predicts',
        'waits differ by',
        'chance alone',
        'arrivals differ by',
        'delay, ms',
      ],
      rows,
    ),
    `Without jitter, ${(plain[0].most / jittered[0].most).toFixed(1)} times as many clients arrive in the worst ${bucket} ms. If each client had its own machine, it would be ${(plain[0].mostExpected / jittered[0].mostExpected).toFixed(1)} times as many.`,
    `To accept 10,000 streams again, the chat’s server needs ${seconds.toFixed(1)} s of CPU time. With \`retry: ${retry}\` and the default jitter, they arrive within ${((retry * jitter) / 1000).toFixed(1)} s. To be busy for only half of the time while they arrive, the server must send \`retry: ${Math.ceil((2 * seconds) / jitter)}000\` or more.`,
  ].join('\n\n');
}

function tenfold({ files, onRedis, stations, reads, ports }) {
  const largest = files.rows.at(-1);
  const { sizes, rows } = arithmetic({
    post: (onRedis ?? files).rows[0].cpu,
    delivery: largest.cpu,
    heartbeat: stations.heartbeat,
    server: stations.server.rss,
    balancer: stations.balancer,
    redis: reads && {
      append: reads.processes.redis.costs[0] - reads.processes.redis.each,
      read: reads.processes.redis.each,
      room: reads.rooms.redis.each,
      named: reads.rooms.own.each,
    },
    ports,
  });
  return [
    `Assumptions: ${ASSUMED}.`,
    markdown(['streams', ...sizes.map(formatted)], rows),
    `Based on the figures above: ${figure(largest.cpu)} µs per delivery, ${figure(stations.heartbeat)} µs per heartbeat, and ${figure(stations.server.rss)} kB per stream in a server.`,
  ].join('\n\n');
}

/**
 * Returns the texts between the marks of the document, by the first mark of each, and its images.
 *
 * @param {{ version: string, at: string, commit: string, tables: import('../lib/table.mjs').Table[] }[]} results
 * @returns {{ texts: Record<string, string>, images: Record<string, string> }}
 */
export function documentOf(results) {
  const figures = results.flatMap(({ tables }) => tables.map(({ figures }) => figures));
  const of = kind => figures.filter(figures => figures.kind === kind);
  const [[idle], [stations], stores, [reads], [theStorm]] = [
    of('idle streams'),
    of('stations'),
    of('fan-out'),
    of('redis'),
    of('storm'),
  ];
  const [files, onRedis] = ['files', 'Redis'].map(store => stores.find(figures => figures.store === store));
  const { at, commit } = results[0];
  return {
    texts: {
      'figures: machine': `Measured at ${at} UTC, at commit ${commit}, on: ${machineInWords()}.`,
      'figures: idle streams': idleStreams(idle, stations),
      'figures: fan-out': fanOut(stores),
      'figures: Redis': reads ? redis(reads) : 'Not measured: no Redis was found.',
      'figures: storm': storm(theStorm, stations.server),
      'figures: 10 and 100 times': tenfold({ files, onRedis, stations, reads, ports: idle.ports }),
    },
    images: { 'fan-out': barChart(fanOutChart(stores)), storm: stormPlot(theStorm) },
  };
}
