import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstSeed } from '../support/random-stream.js';
import { told, wrongs } from './snapshot-findings.js';
import { Play } from './snapshot-play.js';
import { world, type World } from './snapshot-world.js';

describe('withSnapshot', () => {
  afterAll(() => console.log(`SEED=${firstSeed}: ${JSON.stringify(told)}`));

  it('equals a model for random interleavings of slow loads, failed loads, gaps and cuts', () => {
    const play = (world: World) => {
      told.sequences++;
      wrongs.length = 0;
      const play = new Play(world);
      for (const act of world.acts) play.do(act);
      const end = play.end();
      expect({ ...end, wrongs }).toEqual({ isWhole: true, timers: 0, loads: 0, isSubscribed: false, wrongs: [] });
    };
    fc.assert(fc.property(world, play), { seed: firstSeed, numRuns: 1500 });
    // Each of the cases must occur often enough.
    expect(Object.entries(told).filter(([, count]) => count < 50)).toEqual([]);
  });
});
