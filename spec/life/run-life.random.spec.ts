import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { LifeOptions } from '../support/life-options.js';
import { firstSeed } from '../support/random-stream.js';
import { LifePlay } from './life-play.js';
import { type Command, options, steps } from './life-scripts.js';

/** `RUNS=20000 npm test -- spec/life/run-life.random` plays more scripts. */
const RUNS = Number(process.env['RUNS'] ?? 500);

describe('a subscription, with random scripts', () => {
  const seen: Record<string, number> = {};
  const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
  const traces = Error as { prepareStackTrace?: unknown };
  const { prepareStackTrace } = traces;
  beforeEach(() => {
    // The default policy has jitter.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    // The fake server records where each request was made. Looking that up in source maps takes most of the time.
    traces.prepareStackTrace = String;
  });
  afterEach(() => {
    jest.restoreAllMocks();
    traces.prepareStackTrace = prepareStackTrace;
  });
  afterAll(() => console.log(`SEED=${firstSeed}: ${RUNS} scripts with ${JSON.stringify(seen)}`));

  it('emits what its model emits, sends the expected requests, and leaves nothing', () => {
    const play = (settings: LifeOptions, commands: readonly Command[]) => {
      const play = new LifePlay(settings, count);
      for (const command of commands) play.do(command);
      const numbers = play.received;
      play.finish();
      // No event is repeated, and all are in order.
      expect(numbers.filter((n, index) => n <= (numbers[index - 1] ?? 0))).toEqual([]);
    };
    fc.assert(fc.property(options, steps, play), { seed: firstSeed, numRuns: RUNS });
  });
});
