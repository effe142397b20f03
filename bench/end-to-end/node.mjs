// Compares clients in Node: throughput, latency, idle streams, and the cost between the parser and the consumer.
import { fileURLToPath } from 'node:url';
import { goal, limit } from '../lib/goals.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { seeded } from '../lib/random.mjs';
import { best, median, profileOf, ratio, startProcess, takeTurns } from '../lib/turns.mjs';
import { clients } from './clients.mjs';

/** @typedef {import('../lib/table.mjs').Table} Table */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const PATIENCE = 120_000;
const WHERE = `Node ${process.versions.node}`;
const ALL = Object.keys(clients);
/** The clients that goals or the documentation depend on; they are measured more closely than the others. */
const NEEDED = ['bare', 'rx-sse', 'naive', 'eventsource-client', 'fetch-event-source'];
const OTHERS = ALL.filter(name => !NEEDED.includes(name));

const titleOf = name => clients[name].title;
const pick = (results, name, key) => results.get(name).samples.map(sample => sample[key]);
const both = ({ median, best }) => `${median.toFixed(2)} / ${best.toFixed(2)}`;

const start = (task, options) => client =>
  startProcess(WORKER, [JSON.stringify({ ...options, task, client })], { patience: PATIENCE });

/** Returns the samples of all `names` for one task. Each sample is an object whose figures are compared separately. */
async function measure(task, names, options, turns) {
  const results = await takeTurns(names, start(task, options), { ...turns, random: seeded(Date.now()) });
  for (const [name, { failure }] of results) {
    // Other clients may be wrong. The table reports that.
    if (failure && !OTHERS.includes(name)) throw new Error(`${name}, ${task}: ${failure}`);
  }
  return results;
}

/** Splits results into clients with samples, in the order of `clients`, and notes about clients without. */
function split(results) {
  const names = ALL.filter(name => results.has(name) && !results.get(name).failure);
  const failed = [...results].flatMap(([name, { failure }]) => (failure ? [`${titleOf(name)} (${failure})`] : []));
  return { names, note: failed.length > 0 ? ` Not measured: ${failed.join(', ')}.` : '' };
}

/** How a stream is split, and the goals for CPU time: at most this many times another client's. */
const CHUNKS = {
  bulk: {
    title: 'HTTP chunks of 64 kB',
    count: 500_000,
    turns: { rounds: 2, turns: 4 },
    floors: { bare: 1.5, 'eventsource-client': 1, 'fetch-event-source': 0.35 },
  },
  event: {
    title: 'one HTTP chunk per event',
    count: 500_000,
    turns: { rounds: 2, turns: 4 },
    floors: { bare: 1.2, 'eventsource-client': 1, 'fetch-event-source': 0.35 },
  },
  single: {
    title: 'one HTTP chunk per event, each sent by itself',
    // A server needs about 10 µs per event.
    count: 50_000,
    turns: { rounds: 1, turns: 3 },
    floors: {},
  },
};
const QUICK = { count: 100_000, turns: { rounds: 1, turns: 4 } };

/** Goals of at most this many times the CPU time of others. @param {(name: string) => number[]} cpu */
const goalsOfChunk = (chunk, cpu) =>
  Object.entries(CHUNKS[chunk].floors).map(([name, most]) => {
    const title = `CPU per event, ${CHUNKS[chunk].title}, as a multiple of ${titleOf(name)}`;
    const made = goal(chunk, title, { most }, ratio(cpu('rx-sse'), cpu(name)));
    // If even the bare reader misses a goal, it says nothing about a regression.
    return name === 'bare' || ratio(cpu('bare'), cpu(name)).best <= most ? made : { ...made, gross: false };
  });

/** @returns {Promise<Table>} */
async function throughput(origin, quick, chunk) {
  const { title } = CHUNKS[chunk];
  const { count, turns } = quick ? QUICK : CHUNKS[chunk];
  const options = { origin, count, chunk };
  const results = await measure('throughput', quick ? NEEDED : ALL, options, { ...turns, once: OTHERS });
  const { names, note } = split(results);
  const cpu = name => pick(results, name, 'cpu');
  const fewer = names
    .filter(name => chunk !== 'single' && clients[name].ofMany)
    .map(name => `${titleOf(name)} gets fewer`);
  const goals = goalsOfChunk(chunk, cpu);
  return {
    title: `End to end, ${WHERE}: ${title}`,
    note:
      `${[`${count.toLocaleString('en')} events of 185 B over loopback`, ...fewer].join('; ')}. The server is another process. CPU time is that of the client’s ` +
      'process with all of its threads; “times rx-sse” compares it, by the medians / by the best samples: above 1 is more than rx-sse takes. ' +
      `Peak memory is the most that the process ever had resident.${note}`,
    columns: ['client', 'CPU ns per event, best', 'median', 'times rx-sse', 'events/s, best', 'peak MB'],
    rows: names.map(name => [
      titleOf(name),
      best(cpu(name)),
      median(cpu(name)),
      both(ratio(cpu(name), cpu('rx-sse'))),
      Math.max(...pick(results, name, 'rate')),
      // The peak only grows, so the last sample of a round has the peak of its process.
      median(pick(results, name, 'peak').filter((_, i) => (i + 1) % turns.turns === 0)),
    ]),
    goals,
    profiles: quick
      ? []
      : await profilesOf(goals, async () => ({
          title: `Where rx-sse and what is below it spend their time, ${title}`,
          rows: await profileOf(() => start('throughput', options)('rx-sse')),
        })),
    figures: {
      kind: 'clients',
      engine: WHERE,
      chunk,
      title,
      rows: names.map(name => ({ name, title: titleOf(name), cpu: median(cpu(name)) })),
    },
  };
}

/** @returns {Promise<Table>} */
async function latency(origin) {
  // Short samples and many turns, because p50 changes with everything that the machine does.
  const options = { origin, count: 1500, rate: 1000 };
  const turns = { rounds: 1, turns: 5 };
  const results = await measure('latency', ALL, options, turns);
  const { names, note } = split(results);
  const p50 = name => pick(results, name, 'p50');
  const fastest = names
    .filter(name => clients[name].counts !== 'bytes' && !clients[name].withoutFetch)
    .reduce((a, b) => (median(p50(a)) <= median(p50(b)) ? a : b));
  const goals = [
    limit(
      'latency',
      `latency, p50, as a multiple of the fastest fetch client’s (${titleOf(fastest)})`,
      { most: 1.1 },
      ratio(p50('rx-sse'), p50(fastest)).median,
    ),
  ];
  return {
    title: `End to end, ${WHERE}: latency`,
    note: `From before the server writes an event until the client has delivered it, at 1,000 events a second, in µs: the medians of the samples’ quantiles.${note}`,
    columns: ['client', 'p50', 'p99', 'p50, best sample'],
    rows: names.map(name => [
      titleOf(name),
      median(p50(name)) * 1000,
      median(pick(results, name, 'p99')) * 1000,
      best(p50(name)) * 1000,
    ]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: 'What the process of rx-sse does at 1,000 events a second',
      rows: await profileOf(() => start('latency', options)('rx-sse')),
    })),
  };
}

/** @returns {Promise<Table>} */
async function idle(origin) {
  const options = { origin, streams: 1000 };
  const results = await measure('idle', ALL, options, {
    rounds: 3,
    turns: 1,
    once: OTHERS,
  });
  const { names, note } = split(results);
  const kilobytes = name => median(pick(results, name, 'kilobytes'));
  const goals = [
    limit(
      'idle',
      'kB of heap per idle stream above a bare fetch reader',
      { most: 1.5 },
      kilobytes('rx-sse') - kilobytes('bare'),
    ),
  ];
  return {
    title: `End to end, ${WHERE}: idle streams`,
    note: `Heap of the client per stream, after garbage collection, while 1,000 are open and have delivered an event each.${note}`,
    columns: ['client', 'kB per stream', 'kB above a bare fetch reader'],
    rows: names.map(name => [titleOf(name), kilobytes(name), kilobytes(name) - kilobytes('bare')]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: 'By which functions the memory of 1,000 idle streams of rx-sse was asked for',
      columns: ['function', 'in', 'kB'],
      rows: await profileOf(() => start('idle', options)('rx-sse')),
    })),
  };
}

const WAYS = {
  parser: 'the parser, called with each chunk',
  'reader and parser': 'the reader of a stream, and the parser',
  fromEventSource: 'fromEventSource',
};

/** @returns {Promise<Table>} */
async function inMemory(chunk, of) {
  const options = { count: 500_000, chunk: chunk === 'event' ? chunk : 64 * 1024 };
  // The quality of compiled code differs between processes by as much as the goal. So use many processes with few
  // samples.
  const turns = { rounds: 5, turns: 3 };
  const results = await measure('inMemory', Object.keys(WAYS), options, turns);
  const cpu = way => pick(results, way, 'cpu');
  // If each event is a chunk, the platform's stream is the main cost.
  const goals =
    chunk === 'event'
      ? []
      : [
          limit(
            of,
            'ns per event of fromEventSource above the parser, chunks of 64 kB',
            { most: 40 },
            median(cpu('fromEventSource')) - median(cpu('parser')),
          ),
        ];
  return {
    title: `The way from the parser to the consumer, ${WHERE}: ${chunk === 'event' ? 'one chunk per event' : 'chunks of 64 kB'}`,
    note: 'CPU time per event. The `fetch` here answers with chunks that are in memory: no network, and nothing of the platform but its stream.',
    columns: ['what', 'ns per event, best', 'median'],
    rows: Object.entries(WAYS).map(([way, title]) => [title, best(cpu(way)), median(cpu(way))]),
    goals,
    profiles: await profilesOf(goals, async () => ({
      title: 'Where fromEventSource spends its time',
      rows: await profileOf(() => start('inMemory', options)('fromEventSource')),
    })),
  };
}

/** @param {string} origin @param {boolean} quick @returns {Record<string, (name: string) => Promise<Table>>} */
export const measurementsInNode = (origin, quick) => ({
  bulk: name => throughput(origin, quick, name),
  event: name => throughput(origin, quick, name),
  single: name => throughput(origin, quick, name),
  'in memory': name => inMemory('bulk', name),
  'in memory, chunk per event': name => inMemory('event', name),
  latency: () => latency(origin),
  idle: () => idle(origin),
});
