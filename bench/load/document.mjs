// What docs/scaling.md says of the results: tables, two charts, and what follows for 10 and 100 times as many streams.
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
    markdown(['', 'rx-sse', 'bare `fetch` reader', 'times'], lines),
    limits,
    `What a stream weighs on its way to there, with ${formatted(streams)} of them:`,
    markdown(['', 'kB per stream'], onTheWay),
    `The chat's server takes ${formatted(server.open)} µs of CPU time to open a stream, and ${formatted(stations.heartbeat)} µs for a heartbeat.`,
  ].join('\n\n');
}

/** @returns {import('../lib/charts.mjs').Chart} */
const fanOutChart = stores => ({
  title: 'Deliveries a second of one chat server, by its subscribers',
  series: stores.map(({ title }) => `messages in ${title}`),
  rows: stores[0].rows.map(({ subscribers }, i) => ({
    title: formatted(subscribers),
    values: stores.map(({ rows }) => rows[i].deliveries),
  })),
  format: figure,
});

/** How far the deliveries go. */
function mostOf({ title, rows, most, from, version }) {
  const last = rows.at(-1);
  const growth =
    from === last.subscribers
      ? `and that still grows at ${formatted(from)} subscribers`
      : `and nine tenths of that or more from ${formatted(from)} subscribers on`;
  const together = version
    ? ` At ${formatted(last.subscribers)} subscribers one read brings ${formatted(1 / last.reads)} messages, which are then one write to each.`
    : '';
  return `With the messages in ${title} it sends ${formatted(most)} events a second at most, ${growth}.${together}`;
}

/** Latency is shown at this share of what a server takes. */
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
    `“Processors” is how much of one the server's process used. The latency is from the POST until the last subscriber has the message, at half of these messages a second.`,
  ].join('\n\n');
}

const redis = ({ processes, rooms }) =>
  [
    markdown(
      ['processes that read', 'rooms that each follows', 'CPU of Redis for a message, µs'],
      [
        ...processes.sizes.map((size, i) => [formatted(size), '1', processes.redis.costs[i]]),
        ...rooms.sizes.map((size, i) => ['1', formatted(size), rooms.redis.costs[i]]),
      ],
    ),
    `Each process more costs ${figure(processes.redis.each)} µs for a message. Each room more that a process follows costs Redis ${figure(rooms.redis.each)} µs for each read, and the process ${figure(rooms.own.each)} µs.`,
  ].join('\n\n');

const attemptsOf = (attempts, clients) =>
  attempts.map(({ shares, expected }) => ({
    found: shares.map(share => share * clients),
    expected: expected.map(share => share * clients),
  }));

/** The attempts of a storm in one histogram. */
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
    title: `Clients that come back in each ${bucket} ms, of ${formatted(clients)}`,
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
  const words = `Clients that come back in each ${bucket} ms. With jitter ${jitter} at most ${formatted(jittered[0].most)} of ${formatted(clients)} at the first attempt, without jitter ${formatted(plain[0].most)}`;
  return [
    `A server with ${formatted(clients)} subscribers is killed; it had sent \`retry: ${retry}\`. What takes its place hangs up on each of them ${times(refusals)}, and serves them then. ${storms} storms with jitter, and ${storms} without:`,
    `![${words}.](images/storm.svg)`,
    markdown(
      [
        '',
        `most in ${bucket} ms`,
        'as the policy says',
        'waits differ by',
        'chance does by',
        'arrivals differ by',
        'late by, ms',
      ],
      rows,
    ),
    `Without jitter, ${(plain[0].most / jittered[0].most).toFixed(1)} times as many come in the worst ${bucket} ms; if the clients were as many machines, it would be ${(plain[0].mostExpected / jittered[0].mostExpected).toFixed(1)} times.`,
    `To take 10,000 streams back, the chat's server needs ${seconds.toFixed(1)} s of a processor. With \`retry: ${retry}\` and the default jitter they come within ${((retry * jitter) / 1000).toFixed(1)} s. To be busy for half of the time meanwhile, it must send \`retry: ${Math.ceil((2 * seconds) / jitter)}000\` or more.`,
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
    `Assumed: ${ASSUMED}.`,
    markdown(['streams', ...sizes.map(formatted)], rows),
    `From the figures above: ${figure(largest.cpu)} µs for a delivery, ${figure(stations.heartbeat)} µs for a heartbeat, ${figure(stations.server.rss)} kB for a stream in a server.`,
  ].join('\n\n');
}

/**
 * The texts between the marks of the document, by the first mark of each, and its images.
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
