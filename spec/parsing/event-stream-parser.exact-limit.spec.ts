import { describe, expect, it } from '@jest/globals';
import type { Random } from '../support/random.js';
import { BAD_BYTES, CHARACTERS, FEW, LINE_ENDS, LONG, THOUSANDS } from './border-cases.js';
import { type Bytes, bytesOf } from './bytes-of.js';
import { type Case, firstWrong } from './first-wrong.js';
import { utf8 } from './parse-chunks.js';
import { chunksOf, cutAt, nearBorders, range } from './splits.js';

describe('EventStreamParser', () => {
  describe('maxEventSize', () => {
    /** A line of `size` characters (UTF-16 code units) that starts with `before`. */
    const line = (before: string, character: string, size: number): string => {
      const room = size - before.length;
      return before + 'a'.repeat(room % character.length) + character.repeat(room / character.length);
    };

    function* atLimit(maxEventSize: number, character: string, share: number, random: Random): Generator<Case> {
      const end = random.pick(LINE_ENDS);
      const field = random.pick(
        ['data:', 'data: ', 'id:', 'event: ', ':', 'x', 'retry:', '\ufeff'].filter(name => name.length <= maxEventSize),
      );
      const before = random.pick([
        '',
        '\ufeff',
        '\n',
        maxEventSize > 6 ? 'id:3\ndata:a\n\n' : 'id\n\n',
        maxEventSize > 6 ? 'data:é\n\n' : '\r',
      ]);
      const streams: Bytes[][] = [];
      for (const more of ['', 'a', character, [0xff], [0xf0, 0x9f], [0xe2]]) {
        streams.push([before, line(field, character, maxEventSize), more, end, end, 'data:z\n\n']);
        // The same line, unfinished at the end of the stream.
        streams.push([before, line(field, character, maxEventSize), more]);
      }
      if (maxEventSize > 8) {
        // The longest possible line, followed by one that leaves room for one character, leaves no room, or is one too long.
        const first = line('data:', character, maxEventSize);
        for (const second of [
          'data:aaa',
          'data:aaaa',
          'data:aaaaa',
          'data:é€aa',
          'data:é€aaa',
          'data:aaa\n:\ndata',
          'data:aaaa\n:\ndata',
        ])
          streams.push([before, first, end, second, end, end, 'data:z\n\n']);
      }
      if (maxEventSize < 2000) {
        const lines = `data${end}`.repeat(maxEventSize);
        for (const more of ['', `data${end}`, `data${end}data${end}`])
          streams.push([before, lines, more, end, 'data:z\n\n']);
      }
      for (const parts of streams.filter(() => random.chance(share))) {
        const stream = bytesOf(...parts);
        const limit = bytesOf(...parts.slice(0, 2)).length;
        yield {
          stream,
          splits: timeline => [
            [stream.length],
            ...range(-1, 1).map(distance => cutAt(stream.length, limit + distance)),
            cutAt(stream.length, ...range(limit - 4, limit + 4)),
            cutAt(stream.length, random.between(0, limit), limit, limit + 1),
            ...(maxEventSize < 2000 ? [nearBorders(random, timeline)] : []),
            ...(maxEventSize < 200 ? [chunksOf(1, stream.length)] : []),
          ],
          options: { maxEventSize },
        };
      }
    }

    it.each(CHARACTERS)(
      'of 1 to 40 and around 1024 and 2048 is an exact limit for lines, events and unfinished lines: %s',
      character => {
        const wrong = firstWrong(function* (random) {
          for (const limit of FEW) yield* atLimit(limit, character, 0.2, random);
          for (const limit of THOUSANDS) yield* atLimit(limit, character, 0.1, random);
        });
        expect(wrong).toBeUndefined();
      },
    );

    it('is an exact limit for each line of each shape', () => {
      const SHAPES =
        'data: |data:|event: ,data: |id: ,event: ,data:|data: ,data: |: |id: |retry: ,data: |event: ,id: ,data: '
          .split('|')
          .map(names => names.split(','));
      const wrong = firstWrong(function* (random) {
        for (const shape of SHAPES) {
          for (const [longest] of shape.entries()) {
            for (const end of LINE_ENDS) {
              for (const character of ['a', random.pick(CHARACTERS)]) {
                const maxEventSize = random.pick([16, 24, 25, 40, 1000, 1024]);
                for (const size of range(maxEventSize - 1, maxEventSize + 1)) {
                  const lines = shape.map(
                    (name, index) => (index === longest ? line(name, character, size) : `${name}7`) + end,
                  );
                  const common = shape.map(name => `${name}8${end}`).join('') + end;
                  const stream = utf8(common.repeat(3) + lines.join('') + end + common);
                  yield {
                    stream,
                    splits: timeline => [[stream.length], chunksOf(10, stream.length), nearBorders(random, timeline)],
                    options: { maxEventSize },
                  };
                }
              }
            }
          }
        }
      });
      expect(wrong).toBeUndefined();
    });

    it('of 65 500 to 65 600 is an exact limit, too', () => {
      const wrong = firstWrong(function* (random) {
        for (const limit of LONG) yield* atLimit(limit, random.pick(CHARACTERS), 0.03, random);
      });
      expect(wrong).toBeUndefined();
    });

    it('counts the characters of a long line if they are split at 65 536 bytes, or at twice that', () => {
      const wrong = firstWrong(function* (random) {
        for (const character of [...CHARACTERS.map(text => [...utf8(text)]), ...BAD_BYTES]) {
          for (const shift of [0, random.between(1, 3)]) {
            const count = Math.ceil(140_000 / character.length);
            const bytes = new Uint8Array(shift + count * character.length).fill(0x78);
            for (let at = shift; at < bytes.length; at += character.length) bytes.set(character, at);
            const characters = new TextDecoder().decode(bytes).length;
            for (const maxEventSize of [characters - 1, characters]) {
              const stream = bytesOf(bytes, 'y');
              yield {
                stream,
                splits: [
                  [stream.length],
                  chunksOf(65_536 + random.between(-1, 1), stream.length),
                  cutAt(stream.length, random.between(0, stream.length), stream.length - 1),
                ].filter(() => random.chance(0.4)),
                options: { maxEventSize },
              };
            }
          }
        }
      });
      expect(wrong).toBeUndefined();
    });
  });
});
