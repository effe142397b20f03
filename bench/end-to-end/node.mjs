// Clients in Node beside each other: throughput, latency, idle streams, and the way from the parser to the consumer.
import { fileURLToPath } from 'node:url';
import { goal } from '../lib/goals.mjs';
import { seeded } from '../lib/random.mjs';
import { median, ratio, startProcess, takeTurns } from '../lib/turns.mjs';
import { clients } from './clients.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const PATIENCE = 120_000;
const WHERE = `Node ${process.versions.node}`;
const MAJOR = Number.parseInt(process.versions.node, 10);
const ALL = Object.keys(clients);
/** Those that goals are about. */
const NEEDED = ['bare', 'rx-sse', 'eventsource-client', 'fetch-event-source'];

const titleOf = name => clients[name].title;
const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);
const both = ({ median, best }) => `${median.toFixed(2)} / ${best.toFixed(2)}`;

/** The samples of all `names` for one task: each is an object, whose figures are compared one by one. */
const measure = (task, names, options, turns) =>
  takeTurns(
    names,
    client => startProcess(WORKER, [JSON.stringify({ ...options, task, client })], { patience: PATIENCE }),
    {
      ...turns,
      random: seeded(Date.now()),
    },
  );

/** How much more `a` takes than `b`. */
const difference = (a, b) => ({ median: median(a) - median(b), best: Math.min(...a) - Math.min(...b) });

/** Those that gave something, in the order of `clients`, and what to say of those that did not. */
function split(results) {
  const names = ALL.filter(name => results.has(name) && !results.get(name).failure);
  const failed = [...results].flatMap(([name, { failure }]) => (failure ? [`${titleOf(name)} (${failure})`] : []));
  return { names, note: failed.length > 0 ? ` Not measured: ${failed.join(', ')}.` : '' };
}

/** How a stream is cut, and what must hold of CPU time then: at most so many times that of another client. */
const CHUNKS = {
  bulk: {
    title: 'HTTP chunks of 64 kB',
    counts: { full: 500_000, quick: 100_000 },
    floors: { bare: 1.5, 'eventsource-client': MAJOR >= 22 ? 1 : 0.88, 'fetch-event-source': 0.35 },
  },
  event: {
    title: 'one HTTP chunk per event',
    counts: { full: 500_000, quick: 100_000 },
    floors: { bare: 1.35, 'eventsource-client': 0.68, 'fetch-event-source': 0.35 },
  },
  single: {
    title: 'one HTTP chunk per event, each sent by itself',
    // A server needs about 10 µs for each.
    counts: { full: 100_000, quick: 20_000 },
    floors: {},
  },
};

/** @returns {Promise<Table>} */
async function throughput(origin, chunk, quick) {
  const { title, counts, floors } = CHUNKS[chunk];
  const count = quick ? counts.quick : counts.full;
  const turns = { rounds: quick ? 1 : 2, turns: quick ? 3 : 5 };
  const results = await measure('throughput', quick ? NEEDED : ALL, { origin, count, chunk }, turns);
  const { names, note } = split(results);
  const ours = pick(results, 'rx-sse', 'cpu');
  const fewer = names
    .filter(name => chunk === 'bulk' && clients[name].ofBulk)
    .map(name => `${titleOf(name)} gets fewer`);
  return {
    title: `End to end, ${WHERE}: ${title}`,
    note:
      `${[`${count.toLocaleString('en')} events of 185 B over loopback`, ...fewer].join('; ')}. The server is another process. CPU time is that of the client’s ` +
      'process with all of its threads; “times rx-sse” compares it, by the medians / by the best samples: above 1 is more than rx-sse takes. ' +
      `Peak memory is the most that the process ever had resident.${note}`,
    columns: ['client', 'CPU ns per event, best', 'median', 'times rx-sse', 'events/s, best', 'peak MB'],
    rows: names.map(name => [
      titleOf(name),
      Math.min(...pick(results, name, 'cpu')),
      median(pick(results, name, 'cpu')),
      both(ratio(pick(results, name, 'cpu'), ours)),
      Math.max(...pick(results, name, 'rate')),
      // It only grows: the last of a round has the peak of its process.
      median(pick(results, name, 'peak').filter((_, i) => (i + 1) % turns.turns === 0)),
    ]),
    goals: Object.entries(floors)
      .filter(([name]) => names.includes(name))
      .map(([name, most]) =>
        goal(
          `CPU per event, ${title}, as a multiple of ${titleOf(name)}`,
          { most },
          ratio(ours, pick(results, name, 'cpu')),
        ),
      ),
  };
}

/** @returns {Promise<Table>} */
async function latency(origin, quick) {
  // Short samples and many turns: p50 moves with all that the machine does.
  const options = { origin, count: quick ? 800 : 2000, rate: 1000 };
  const turns = { rounds: 1, turns: quick ? 2 : 9 };
  const results = await measure('latency', quick ? NEEDED : ALL, options, turns);
  const { names, note } = split(results);
  const fastest = names
    .filter(name => clients[name].counts !== 'bytes')
    .reduce((a, b) => (median(pick(results, a, 'p50')) <= median(pick(results, b, 'p50')) ? a : b));
  return {
    title: `End to end, ${WHERE}: latency`,
    note: `From before the server writes an event until the client has delivered it, at 1,000 events a second, in µs: the medians of the samples’ quantiles.${note}`,
    columns: ['client', 'p50', 'p99', 'p50, best sample'],
    rows: names.map(name => [
      titleOf(name),
      median(pick(results, name, 'p50')) * 1000,
      median(pick(results, name, 'p99')) * 1000,
      Math.min(...pick(results, name, 'p50')) * 1000,
    ]),
    goals: [
      goal(
        `latency, p50, as a multiple of the fastest client’s (${titleOf(fastest)})`,
        { most: 1.1 },
        ratio(pick(results, 'rx-sse', 'p50'), pick(results, fastest, 'p50')),
      ),
    ],
  };
}

/** @returns {Promise<Table>} */
async function idle(origin, quick) {
  const options = { origin, streams: 1000 };
  const results = await measure('idle', quick ? NEEDED : ALL, options, { rounds: quick ? 1 : 3, turns: 1 });
  const { names, note } = split(results);
  const bare = pick(results, 'bare', 'kilobytes');
  return {
    title: `End to end, ${WHERE}: idle streams`,
    note: `Heap of the client per stream, after garbage collection, while 1,000 are open and have delivered an event each.${note}`,
    columns: ['client', 'kB per stream', 'kB above a bare fetch reader'],
    rows: names.map(name => {
      const kilobytes = pick(results, name, 'kilobytes');
      return [titleOf(name), median(kilobytes), difference(kilobytes, bare).median];
    }),
    goals: [
      goal(
        'kB of heap per idle stream above a bare fetch reader',
        { most: 2 },
        difference(pick(results, 'rx-sse', 'kilobytes'), bare),
      ),
    ],
  };
}

const WAYS = {
  parser: 'the parser, called with each chunk',
  'reader and parser': 'the reader of a stream, and the parser',
  fromEventSource: 'fromEventSource',
};

/** @returns {Promise<Table>} */
async function inMemory(chunk, quick) {
  const size = chunk === 'event' ? chunk : 64 * 1024;
  const options = { count: quick ? 100_000 : 500_000, chunk: size };
  const results = await measure('inMemory', Object.keys(WAYS), options, {
    rounds: quick ? 1 : 2,
    turns: quick ? 3 : 5,
  });
  const of = way => pick(results, way, 'cpu');
  const cost = difference(of('fromEventSource'), of('parser'));
  return {
    title: `The way from the parser to the consumer, ${WHERE}: ${chunk === 'event' ? 'one chunk per event' : 'chunks of 64 kB'}`,
    note: 'CPU time per event. The `fetch` here answers with chunks that are in memory: no network, and nothing of the platform but its stream.',
    columns: ['what', 'ns per event, best', 'median'],
    rows: Object.entries(WAYS).map(([way, title]) => [title, Math.min(...of(way)), median(of(way))]),
    // Where each event is a chunk, it is the platform's stream that costs, once per chunk.
    goals:
      chunk === 'event'
        ? []
        : [goal('ns per event of fromEventSource above the parser, chunks of 64 kB', { most: 40 }, cost)],
  };
}

/** @param {string} origin @param {{ quick: boolean }} options @returns {Promise<Table[]>} */
export async function runInNode(origin, { quick }) {
  return [
    await throughput(origin, 'bulk', quick),
    await throughput(origin, 'event', quick),
    ...(quick ? [] : [await throughput(origin, 'single', quick)]),
    await inMemory('bulk', quick),
    ...(quick ? [] : [await inMemory('event', quick)]),
    await latency(origin, quick),
    await idle(origin, quick),
  ];
}
