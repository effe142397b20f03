import { inspect } from 'node:util';
import { afterAll } from '@jest/globals';
import { Random } from '../support/random.js';
import { firstSeed } from '../support/random-stream.js';
import { ReferenceTimeline, type ReferenceTimelineOptions } from '../support/reference-timeline.js';
import { firstDifference, type Hand, HANDS } from './first-difference.js';
import type { Split } from './splits.js';

/** A stream, and the ways to split it into chunks. */
export interface Case {
  stream: Uint8Array;
  splits: Iterable<Split> | ((timeline: ReferenceTimeline) => Iterable<Split>);
  options?: ReferenceTimelineOptions;
}

const seen = { streams: 0, items: 0, splits: 0, refused: 0 };

afterAll(() => {
  console.log(
    `SEED=${firstSeed}: at borders, ${seen.streams} streams with ${seen.items} items, ${seen.splits} splits; ` +
      `${seen.refused} streams too large`,
  );
});

/** Describes the first case that differs from the reference. Each split is pushed with another kind of chunk. */
export function firstWrong(cases: (random: Random) => Iterable<Case>, seed = firstSeed): string | undefined {
  const random = new Random(seed);
  const hands = Object.keys(HANDS) as Hand[];
  for (const { stream, splits, options = {} } of cases(random)) {
    const timeline = new ReferenceTimeline(stream, options);
    seen.streams++;
    seen.items += timeline.items.length;
    if (timeline.after(stream.length).tooLarge !== undefined) seen.refused++;
    for (const ends of typeof splits === 'function' ? splits(timeline) : splits) {
      seen.splits++;
      const wrong = firstDifference(timeline, ends, options, random.pick(hands));
      if (wrong === undefined) continue;
      const bytes = Buffer.from(stream).toString('latin1');
      return `SEED=${seed} ${inspect(bytes, { maxStringLength: 2000 })} ${inspect(options)}: ${wrong}`;
    }
  }
  return undefined;
}
