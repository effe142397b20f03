import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { seededRandom } from '../support/seeded-random.js';
import { referenceParser } from '../support/reference-parser.js';
import { everySplit, type Outcome, parse } from './parse-chunks.js';

describe('EventStreamParser', () => {
  describe('random streams', () => {
    // Few enough streams per test that no test takes long on a slow machine.
    const STREAMS_PER_TEST = 1250;
    const seen = { streams: 0, items: 0, splits: 0, limited: 0, refused: 0 };

    afterAll(() => {
      console.log(
        `SEED=${firstSeed}: ${seen.streams} streams with ${seen.items} items, ${seen.splits} splits; ` +
          `with a limit ${seen.limited} splits, ${seen.refused} streams too large`,
      );
    });

    /** Describes the first stream of a test for which `check` finds a difference, with the seed to run it again. */
    function firstWrong(test: number, check: (seed: number) => string | undefined): string | undefined {
      const start = firstSeed + test * STREAMS_PER_TEST;
      for (let seed = start; seed < start + STREAMS_PER_TEST; seed++) {
        const wrong = check(seed);
        if (wrong !== undefined)
          return `SEED=${seed} ${inspect(randomStream(seed), { maxArrayLength: null })}: ${wrong}`;
      }
      return undefined;
    }

    function difference(chunks: Uint8Array[], actual: Outcome, expected: Outcome): string | undefined {
      if (isDeepStrictEqual(actual, expected)) return undefined;
      const lengths = chunks.map(({ length }) => length).join('+');
      return `in chunks of ${lengths} it is ${inspect(actual, { depth: 5 })}, not ${inspect(expected, { depth: 5 })}`;
    }

    it.each([0, 1, 2, 3, 4, 5, 6, 7])(
      'are parsed as the standard says, whole and at every split (%i) [pitfall 26]',
      test => {
        const wrong = firstWrong(test, seed => {
          const stream = randomStream(seed);
          const lastEventId = seed % 2 === 0 ? '' : 'before';
          const expected = referenceParser(stream, lastEventId);
          seen.streams++;
          seen.items += expected.items.length;
          for (const chunks of [[stream], ...everySplit(stream)]) {
            seen.splits++;
            const wrong = difference(chunks, parse(chunks, { lastEventId }), expected);
            if (wrong !== undefined) return wrong;
          }
          return undefined;
        });
        expect(wrong).toBeUndefined();
      },
    );

    it.each([0, 1])('exceed a small limit at every split, or at none (%i) [pitfall 33]', test => {
      const wrong = firstWrong(test, seed => {
        // A character that the end of the stream cuts off may count or not, so the stream ends with a whole one.
        const stream = Uint8Array.of(...randomStream(seed), 0x78);
        const maxEventSize = 1 + Math.floor(seededRandom(seed)() * 30);
        const whole = parse([stream], { maxEventSize });
        if (whole.tooLarge !== undefined) seen.refused++;

        const unlimited = referenceParser(stream);
        const lines = new TextDecoder().decode(stream).split(/\r\n|\r|\n/);
        const isLineTooLarge = lines.some(({ length }) => length > maxEventSize);
        if (whole.tooLarge === undefined) {
          if (isLineTooLarge) return `a line of more than ${maxEventSize} characters is allowed`;
          if (!isDeepStrictEqual(whole, unlimited))
            return `a limit of ${maxEventSize} changes more than what is too large`;
        } else {
          if (whole.tooLarge === 'line' && !isLineTooLarge) return `no line has more than ${maxEventSize} characters`;
          const before = unlimited.items.slice(0, whole.items.length);
          if (!isDeepStrictEqual(whole.items, before))
            return 'items before the one that is too large are not delivered';
        }

        for (const chunks of everySplit(stream)) {
          seen.limited++;
          const wrong = difference(chunks, parse(chunks, { maxEventSize }), whole);
          if (wrong !== undefined) return `with a limit of ${maxEventSize} ${wrong}`;
        }
        return undefined;
      });
      expect(wrong).toBeUndefined();
    });
  });
});
