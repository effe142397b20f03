// Shows why a goal is missed: the functions that use most of the time or the memory.
import { Session } from 'node:inspector/promises';

/** @typedef {[string, string, number][]} Profile Function, place, and its share in percent or its kB. */

const ROWS = 10;
/** The shortest time for a profile, in milliseconds. */
const PROFILE_MS = 1500;

/**
 * Records one profile for each measurement that misses a goal.
 *
 * @param {import('./table.mjs').Goal[]} goals
 * @param {(of: string) => Promise<{ title: string, columns?: string[], rows: Profile }>} record
 * @returns {Promise<import('./table.mjs').Table['profiles']>}
 */
export async function profilesOf(goals, record) {
  const profiles = [];
  for (const of of new Set(goals.filter(({ met }) => !met).map(goal => goal.of))) profiles.push(await record(of));
  return profiles;
}

/** Records the CPU profile of this process during `work`, which runs over and over. @returns {Promise<Profile>} */
export async function recordCpu(work) {
  return withSession(session => recordThrough((method, params) => session.post(method, params), work));
}

/** Records a CPU profile, also of a single run, through `send` of the DevTools protocol. @returns {Promise<Profile>} */
export async function recordThrough(send, work, once = false) {
  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: 250 });
  await send('Profiler.start');
  const start = performance.now();
  do await work();
  while (!once && performance.now() - start < PROFILE_MS);
  const { profile } = await send('Profiler.stop');
  return selfTimes(profile);
}

/**
 * Records the memory that is allocated during `work` and still reachable at its end, or when `work` calls `take`.
 *
 * @param {(take: () => Promise<void>) => Promise<unknown>} work
 * @returns {Promise<Profile>}
 */
export async function recordHeap(work) {
  return withSession(session => recordHeapThrough((method, params) => session.post(method, params), work));
}

/** Records a heap profile through `send` of the DevTools protocol. @returns {Promise<Profile>} */
export async function recordHeapThrough(send, work) {
  let found;
  const take = async () => (found = (await send('HeapProfiler.getSamplingProfile')).profile);
  await send('HeapProfiler.startSampling', { samplingInterval: 2048 });
  await work(take);
  if (!found) {
    await send('HeapProfiler.collectGarbage');
    await take();
  }
  return selfSizes(found);
}

async function withSession(use) {
  const session = new Session();
  session.connect();
  try {
    return await use(session);
  } finally {
    session.disconnect();
  }
}

/** Sums a CPU profile of V8 by function, without idle time. @returns {Profile} */
function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const sums = new Sums();
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    if (frame.functionName !== '(idle)') sums.add(frame, timeDeltas[i]);
  });
  return sums.top(100 / sums.total);
}

function selfSizes({ head }) {
  const sums = new Sums();
  const visit = ({ callFrame, selfSize, children }) => {
    sums.add(callFrame, selfSize);
    children.forEach(visit);
  };
  visit(head);
  return sums.top(1 / 1024);
}

class Sums {
  total = 0;
  #byFunction = new Map();

  add({ functionName, url, lineNumber }, value) {
    const place = url ? `${url.split('/').slice(-2).join('/')}:${lineNumber + 1}` : '';
    const key = JSON.stringify([functionName || '(anonymous)', place]);
    this.#byFunction.set(key, (this.#byFunction.get(key) ?? 0) + value);
    this.total += value;
  }

  top(factor) {
    return [...this.#byFunction]
      .sort(([, a], [, b]) => b - a)
      .slice(0, ROWS)
      .map(([key, value]) => [...JSON.parse(key), value * factor]);
  }
}
