import { describe, expect, it } from '@jest/globals';
import { LINE_ENDS, WIDE } from './border-cases.js';
import { bytesOf } from './bytes-of.js';
import { firstWrong } from './first-wrong.js';
import { chunksOf, cutAt, endsOf, everyCut, nearBorders, range } from './splits.js';

describe('EventStreamParser', () => {
  describe('between ASCII and other text', () => {
    it('reads short and long, ASCII and other, valid and invalid text in each order, split in each character', () => {
      const wrong = firstWrong(function* (random) {
        for (const wide of WIDE) {
          for (let order = 0; order < 16; order++) {
            const cuts: number[] = [];
            let stream = new Uint8Array();
            for (let block = 0; block < 4; block++) {
              const character = (order >> block) & 1 ? wide : [0x61];
              const text = 'x'.repeat(random.pick([0, 1, 20, 1020]));
              const more = random.pick(['x', '', ' ']);
              const field = random.pick(['data:', 'data: ', ':', 'id:', 'event: ', '', 'retry: 1']);
              const end = random.pick(LINE_ENDS);
              const before = bytesOf(stream, field, text);
              cuts.push(...range(before.length, before.length + character.length));
              stream = bytesOf(before, character, more, end, random.pick(['', end, `data: y${end}${end}`]));
              cuts.push(stream.length);
            }
            const atEach = cuts.map(cut => cutAt(stream.length, cut));
            const blocks = random.chance(0.5) ? cuts : cuts.filter(() => random.chance(0.5));
            yield { stream, splits: [[stream.length], ...atEach, cutAt(stream.length, ...blocks)] };
          }
        }
      });
      expect(wrong).toBeUndefined();
    });

    it('reads a long line in pieces that each end with a whole, split, invalid or ASCII character', () => {
      const wrong = firstWrong(function* (random) {
        for (const size of [1, 20, 24, ...range(1019, 1030), 1100, 2048, ...range(65_531, 65_540)]) {
          for (let round = 0; round < 8; round++) {
            const ends: number[] = [];
            let stream = bytesOf(
              random.pick(['', 'data: ', 'id: ', ': ', '\ufeff', '\ufeffdata:', 'data: é\n\ndata: ']),
            );
            for (let pieces = random.between(2, 4); pieces > 0; pieces--) {
              const character = random.pick([[0x61], ...WIDE]);
              const before = bytesOf(stream, 'x'.repeat(random.chance(0.5) ? size : random.between(0, 1100)));
              ends.push(before.length + random.between(0, character.length));
              stream = bytesOf(before, character);
            }
            // The chunk in which the line ends has the rest of the last piece, and perhaps nothing else of the line.
            stream = bytesOf(stream, random.pick(['', 'y'.repeat(1100)]), random.pick(LINE_ENDS), '\ndata: z\n\n');
            const line = ends.at(-1) ?? 0;
            const maxEventSize = random.pick([
              Infinity,
              Infinity,
              Math.max(1, line - random.between(0, 8)),
              line + random.between(1, 8),
            ]);
            yield {
              stream,
              splits: [cutAt(stream.length, ...ends), cutAt(stream.length, 1, ...ends)],
              options: { maxEventSize },
            };
          }
        }
      });
      expect(wrong).toBeUndefined();
    });

    it('reads a byte order mark, half of one, or two, at every split', () => {
      const MARK = [0xef, 0xbb, 0xbf];
      const AFTER = ['', 'data: a\n', '\n', '\r\n', ': c\n\n', `data: ${'a'.repeat(30)}\n`, `:${'c'.repeat(1050)}\n`];
      const STARTS = [
        MARK,
        [0xef],
        [0xef, 0xbb],
        [0xef, 0xbb, 0xbe],
        [0xbb, 0xbf],
        [...MARK, ...MARK],
        [...MARK, 0xef],
        [0xff, 0xfe],
      ];
      const wrong = firstWrong(function* (random) {
        for (const start of STARTS) {
          for (const after of AFTER) {
            for (const before of ['', '\n', 'data: b\n', 'data:']) {
              const stream = bytesOf(before, start, after, '\n', start, 'data: z\n\ndata: z\n\n');
              const to = before.length + start.length + Math.min(after.length, 8);
              yield { stream, splits: everyCut(random, stream.length, 0, to) };
              // A byte order mark doesn't count as a character of its line, but half of one does.
              yield { stream, splits: [chunksOf(1, stream.length)], options: { maxEventSize: random.between(1, 8) } };
            }
          }
        }
      });
      expect(wrong).toBeUndefined();
    });

    it('reads a long stream that mixes ASCII with other text: in one, five or nine of ten events', () => {
      const wrong = firstWrong(function* (random) {
        for (const share of [0.1, 0.5, 0.9]) {
          for (const end of LINE_ENDS) {
            const events = Array.from({ length: 1000 }, (_, id) => {
              const text = random.chance(share) ? random.pick(WIDE) : [];
              const type = random.chance(0.3) ? `event: delta${end}` : '';
              return bytesOf(type, random.chance(0.1) ? `id: ${id}${end}` : '', 'data: ab', text, 'cd', end, end);
            });
            const stream = bytesOf(...events);
            yield {
              stream,
              splits: timeline => [
                [stream.length],
                endsOf(events),
                chunksOf(1024, stream.length),
                chunksOf(random.pick([1, 16, 24, 25]), stream.length),
                nearBorders(random, timeline),
              ],
            };
          }
        }
      });
      expect(wrong).toBeUndefined();
    });
  });
});
