// Checks, warms up and times one workload with one contestant. This file also runs in browsers.
import { workloads } from './workloads.mjs';

const SAMPLE_MS = 25;
const WARM_UP_MS = 400;

/**
 * Checks that the contestant parses the bytes of the workload correctly, and warms it up.
 *
 * @param {string} name The workload.
 * @param {import('./contestants.mjs').Contestant} contestant
 * @returns {Promise<{ failure: string } | { bytes: number, events: number, sample: () => Promise<number> }>} `sample`
 * reads everything often enough for a sample, and returns how often. The caller measures the time.
 */
export async function prepare(name, contestant) {
  const { chunks, events, bytes } = workloads[name].make();
  const failure = await check(contestant, chunks, events);
  if (failure) return { failure };

  const read = await contestant.load();
  const { data } = contestant;
  let sum = 0;
  // Uses each event: some parsers return a rope, which is only joined when a character is read.
  const use = event => {
    const text = data(event);
    sum += text.length + text.charCodeAt(text.length - 1);
  };
  const run = async times => {
    for (let i = 0; i < times; i++) {
      const pending = read(chunks, use);
      // Synchronous parsers don't pay for a microtask.
      if (pending) await pending;
    }
  };

  let best = Infinity;
  for (let spent = 0, runs = 0; spent < WARM_UP_MS || runs < 3; runs++) {
    const start = performance.now();
    await run(1);
    const elapsed = performance.now() - start;
    spent += elapsed;
    best = Math.min(best, elapsed);
  }
  const times = Math.max(1, Math.ceil(SAMPLE_MS / Math.max(best, 0.01)));
  return {
    bytes,
    events: events.length,
    sample: async () => {
      await run(times);
      if (sum === 0) throw new Error(`${contestant.title} gave no text`);
      return times;
    },
  };
}

/** Returns how the output differs from the input; `undefined` if it doesn't. */
async function check(contestant, chunks, expected) {
  const read = await contestant.load();
  let count = 0;
  let failure;
  const short = value => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60));
  const compare = event => {
    const want = expected[count++];
    if (failure) return;
    const got = contestant.parsed(event);
    const field = ['type', 'data', 'id'].find(key => want === undefined || (key in got && got[key] !== want[key]));
    if (field) failure = `${field} of event ${count - 1} is ${short(got[field])}, not ${short(want?.[field])}`;
  };
  try {
    await read(chunks, compare);
  } catch (error) {
    return `fails: ${error}`;
  }
  return failure ?? (count === expected.length ? undefined : `${count} events instead of ${expected.length}`);
}
