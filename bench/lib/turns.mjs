import { fork } from 'node:child_process';
import { shuffled } from './random.mjs';

/**
 * @typedef {object} Runner A process or a page for one contestant.
 * @property {Record<string, any>} ready Its first message. With `failure`, it isn't measured.
 * @property {() => Promise<any>} sample
 * @property {() => Promise<import('./profile.mjs').Profile>} profile Of some samples.
 * @property {() => Promise<void>} close
 *
 * @typedef {{ failure?: string, samples: number[], ready: Record<string, any> }} Result
 */

/** A contestant that takes longer than this, in nanoseconds, has fewer turns: the others matter more. */
const SLOW = 0.2e9;
const SLOW_TURNS = 4;

/** A contestant didn't answer in time. */
class LateError extends Error {}

/**
 * Compares contestants. All are started, then each takes one sample per turn, in a new random order each time, so that
 * disturbances of the machine affect all of them. The memory layout and the optimization of a process also depend on
 * luck, so several rounds start everything again.
 *
 * @param {string[]} contestants
 * @param {(contestant: string) => Promise<Runner>} start
 * @param {{ rounds: number, turns: number, random: () => number, once?: string[] }} options Contestants in `once` only
 * take part in the first round.
 * @returns {Promise<Map<string, Result>>}
 */
export async function takeTurns(contestants, start, { rounds, turns, random, once = [] }) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  for (let round = 0; round < rounds; round++) {
    /** @type {Map<string, Runner>} */
    const runners = new Map();
    try {
      // One after the other, so that none starts while another is checked and warmed up.
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
            // A contestant that hangs isn't measured. The others are.
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
 * Starts a process that calls `answerParent`. It sends `{ ready }` once, and an `{ answer }` for each message.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ execPath?: string, execArgv?: string[], patience: number }} options After `patience` milliseconds without
 * an answer, it fails.
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

/** Starts a contestant and returns its profile. @param {() => Promise<Runner>} start */
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
 * Compares the samples of `a` with those of `b`, as a factor.
 *
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export const ratio = (a, b) => ({ median: median(a) / median(b), best: best(a) / best(b) });
