// What one chat server does at a number of subscribers.
import { quantile } from '../../end-to-end/measurements.mjs';
import { median } from '../../lib/turns.mjs';

/** How many messages are on their way to the server at once. */
const IN_FLIGHT = 64;
/** How many are looked at one by one, before anything is timed. */
const CHECKED = 100;

/**
 * @typedef {object} Bench
 * @property {import('../lib/asked-process.mjs').AskedProcess} server
 * @property {import('../lib/asked-process.mjs').AskedProcess} poster
 * @property {import('./subscribers.mjs').Subscribers} subscribers
 * @property {Awaited<ReturnType<typeof import('../lib/programs.mjs').startRedis>>} [redis]
 */

/** Each subscriber must have each message once, in order. @param {Bench} bench */
async function check({ poster, subscribers }) {
  await subscribers.start({ checked: true });
  const { first } = await poster.ask('flood', { inFlight: IN_FLIGHT, count: CHECKED });
  await subscribers.arrivals(CHECKED);
  for (const numbers of await subscribers.numbers()) {
    const wrong = numbers.findIndex((number, i) => number !== first + i);
    if (numbers.length !== CHECKED || wrong !== -1) throw new Error(`A subscriber had ${numbers.join(' ')}`);
  }
}

/** The most that the server takes for a while. @param {Bench} bench */
async function flood({ server, poster, subscribers, redis }, count, seconds) {
  const before = await server.ask('used');
  const redisBefore = await redis?.used();
  const ownBefore = await subscribers.used();
  await subscribers.start();
  const { sent } = await poster.ask('flood', { inFlight: IN_FLIGHT, seconds });
  const arrivals = await subscribers.arrivals(sent.length);
  const after = await server.ask('used');
  const redisAfter = await redis?.used();
  const ownAfter = await subscribers.used();
  const messages = sent.length;
  const took = (Math.max(...arrivals) - Math.min(...sent)) / 1000;
  return {
    messages: messages / took,
    deliveries: (messages * count) / took,
    cpu: (after.cpu - before.cpu) / (messages * count),
    subscriber: (ownAfter - ownBefore) / (messages * count),
    busy: (after.cpu - before.cpu) / 1000 / (after.at - before.at),
    ...(redis && {
      redisCpu: (redisAfter.cpu - redisBefore.cpu) / messages,
      append: (redisAfter.append.time - redisBefore.append.time) / messages,
      reads: (redisAfter.read.calls - redisBefore.read.calls) / messages,
    }),
  };
}

/** How long messages are on their way at so many a second: from the POST until the last subscriber has it, in milliseconds. @param {Bench} bench */
async function latency({ poster, subscribers }, rate, seconds) {
  await subscribers.start();
  const { sent } = await poster.ask('pace', { inFlight: IN_FLIGHT, rate, seconds });
  const arrivals = await subscribers.arrivals(sent.length);
  const times = arrivals.map((at, i) => at - sent[i]);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/**
 * @param {Bench} bench
 * @param {number} count How many subscribers.
 * @param {{ runs: number, seconds: number, shares: number[] }} options `shares` of what the server takes, at which latency is measured.
 */
export async function measureAt(bench, count, { runs, seconds, shares }) {
  await bench.subscribers.open(count);
  await check(bench);
  await flood(bench, count, seconds / 2);
  const floods = [];
  for (let run = 0; run < runs; run++) floods.push(await flood(bench, count, seconds));
  const found = Object.fromEntries(Object.keys(floods[0]).map(key => [key, median(floods.map(flood => flood[key]))]));
  const latencies = [];
  for (const share of shares) latencies.push({ share, ...(await latency(bench, share * found.messages, seconds)) });
  return { subscribers: count, ...found, latencies };
}
