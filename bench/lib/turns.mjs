import { fork } from 'node:child_process';
import { shuffled } from './random.mjs';

/**
 * @typedef {object} Runner What stands for one contestant: a process, or a page, of its own.
 * @property {Record<string, any>} ready What it said when it was ready; with `failure` it takes no part.
 * @property {() => Promise<any>} sample
 * @property {() => Promise<import('./profile.mjs').Profile>} profile Of some samples.
 * @property {() => Promise<void>} close
 *
 * @typedef {{ failure?: string, samples: number[], ready: Record<string, any> }} Result
 */

/** What takes longer than this, in nanoseconds, has fewer turns: the others are what it is about. */
const SLOW = 0.2e9;
const SLOW_TURNS = 4;

/** A contestant that does not answer in time. */
class LateError extends Error {}

/**
 * Measures contestants beside each other: all are started, then each gives one sample in each turn, in an order that is
 * shuffled anew; so what disturbs the machine disturbs them all alike. Where the code of a process ends up, and when it
 * was optimised, is luck, too: several rounds start everything again.
 *
 * @param {string[]} contestants
 * @param {(contestant: string) => Promise<Runner>} start
 * @param {{ rounds: number, turns: number, random: () => number, once?: string[] }} options Those of `once` take part in the
 *   first round only: what is said of them needs no more.
 * @returns {Promise<Map<string, Result>>}
 */
export async function takeTurns(contestants, start, { rounds, turns, random, once = [] }) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  for (let round = 0; round < rounds; round++) {
    /** @type {Map<string, Runner>} */
    const runners = new Map();
    try {
      // One after the other: none is checked and warmed up while another is.
      for (const contestant of shuffled(contestants, random)) {
        if (results.get(contestant)?.failure || (round > 0 && once.includes(contestant))) continue;
        const runner = await start(contestant);
        runners.set(contestant, runner);
        const samples = results.get(contestant)?.samples ?? [];
        results.set(contestant, { samples, ready: runner.ready, failure: runner.ready.failure });
        if (runner.ready.failure) {
          runners.delete(contestant);
          await runner.close();
        }
      }
      for (let turn = 0; turn < turns; turn++) {
        for (const contestant of shuffled([...runners.keys()], random)) {
          const { samples } = results.get(contestant);
          if (turn >= SLOW_TURNS && samples[samples.length - 1] > SLOW) continue;
          const runner = runners.get(contestant);
          try {
            samples.push(await runner.sample());
          } catch (error) {
            if (!(error instanceof LateError)) throw error;
            // One that hangs now and then is not measured; the others are.
            results.set(contestant, { samples: [], ready: runner.ready, failure: error.message });
            runners.delete(contestant);
            await runner.close();
          }
        }
      }
    } finally {
      await Promise.all([...runners.values()].map(runner => runner.close()));
    }
  }
  return results;
}

/**
 * A process that ends with `answerParent`: it sends `{ ready }` once, and an `{ answer }` for each message.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ execPath?: string, execArgv?: string[], patience: number }} options After `patience` milliseconds without an answer it is given up.
 * @returns {Promise<Runner>}
 */
export async function startProcess(file, args, { execPath = process.execPath, execArgv = [], patience }) {
  const child = fork(file, args, {
    execPath,
    execArgv: ['--no-warnings', ...execArgv],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr.on('data', text => (errors += text));
  const exited = new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)));

  const answer = () =>
    new Promise((resolve, reject) => {
      const settle = done => (value, signal) => {
        clearTimeout(timer);
        child.off('message', answered).off('exit', left);
        done(value ?? signal);
      };
      const answered = settle(resolve);
      const left = settle(code => reject(new Error(`${args.join(' ')} ended with ${code}:\n${errors}`)));
      const timer = setTimeout(
        settle(() => resolve(undefined)),
        patience,
      );
      child.on('message', answered).on('exit', left);
    });
  const close = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const ask = async question => {
    const answered = answer();
    child.send(question);
    const result = await answered;
    if (!result) throw new LateError(`gave no ${question} within ${patience / 1000} s`);
    return result.answer;
  };
  const first = await answer();
  return {
    ready: first?.ready ?? { failure: `not done after ${patience / 1000} s` },
    sample: () => ask('sample'),
    profile: () => ask('profile'),
    close,
  };
}

/** The profile of a contestant that is started for it. @param {() => Promise<Runner>} start */
export async function profileOf(start) {
  const runner = await start();
  try {
    return await runner.profile();
  } finally {
    await runner.close();
  }
}

/** @param {readonly number[]} samples */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly number[]} samples */
export const best = samples => Math.min(...samples);

/**
 * How many times as large the samples of `a` are as those of `b`.
 *
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export const ratio = (a, b) => ({ median: median(a) / median(b), best: best(a) / best(b) });
