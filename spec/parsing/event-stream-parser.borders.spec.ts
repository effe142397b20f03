import { describe, expect, it } from '@jest/globals';
import type { Random } from '../support/random.js';
import { FEW, LINE_ENDS, LONG, THOUSANDS, WIDE } from './border-cases.js';
import { bytesOf } from './bytes-of.js';
import { type Case, firstWrong } from './first-wrong.js';
import { everySplit, utf8 } from './parse-chunks.js';
import { cutAt, endsOf, everyCut, range, type Split } from './splits.js';

// A fast path has borders: a maximum size, a shape, a kind of text. These tests don't depend on which of them the parser has. They
// try everything around each border that it might have, and compare the parser with the reference parser after each chunk.

describe('EventStreamParser', () => {
  describe('at sizes where its code path may change', () => {
    const comment = (size: number, end: string): Uint8Array =>
      utf8(size > end.length ? `:${'c'.repeat(size - 1 - end.length)}${end}` : '\n'.repeat(size));
    const repeat = (block: string, size: number, end: string): Uint8Array =>
      bytesOf(block.repeat(size / block.length), comment(size % block.length, end));
    /** An event of one line, with a character of several bytes in the middle, at the start or at the end. */
    const event = (size: number, end: string, random: Random): Uint8Array => {
      const character = random.pick([[], ...WIDE]);
      const room = size - 'data: '.length - character.length - 2 * end.length;
      if (room < 0) return comment(size, end);
      const before = random.pick([0, room >> 1, room]);
      return bytesOf('data: ', 'x'.repeat(before), character, 'x'.repeat(room - before), end, end);
    };
    const idThatWaits = (size: number, end: string): Uint8Array => {
      const block = `data: w${end}${end}`;
      const room = size - block.length - 'id: '.length - end.length;
      return room < 0 ? comment(size, end) : bytesOf(block, `id: ${'7'.repeat(room)}${end}`);
    };

    type Filler = (size: number, end: string, random: Random) => Uint8Array;
    /** Each filler returns whole lines of `size` bytes. */
    const FILLERS: Record<string, Filler> = {
      'a comment': comment,
      'blank lines': (size, end) => repeat(end, size, end),
      'an event': event,
      'events of one line': (size, end) => repeat(`data: x${end}${end}`, size, end),
      'events with a type': (size, end) => repeat(`event: t${end}data: {"a":1}${end}${end}`, size, end),
      'events with an id and two lines': (size, end) => repeat(`id: 7${end}data: a${end}data:b${end}${end}`, size, end),
      heartbeats: (size, end) => repeat(`: heartbeat${end}${end}`, size, end),
      'an event, then an id in an unfinished block': idThatWaits,
    };
    const LONG_LINES = [comment, event, idThatWaits];
    const BEFORE = ['', '\ufeff', 'data: a\n\n', 'data: é\r\n\r\n', 'data: w\n', 'event: t\nid: 3\r', ': é\r'];
    const AFTER = 'data: z\n\n: c\nid: 9\n\n|\ndata: z\r\n\r\n|\n\n|\r\ndata: z\n\n|data: é\n\ndata: z\n\n|data|'.split(
      '|',
    );

    function* around(size: number, filler: Filler, end: string, random: Random): Generator<Case> {
      const before = utf8(random.pick(BEFORE));
      const filled = filler(size, end, random);
      if (filled.length !== size) throw new Error(`Expected ${size} bytes, but got ${filled.length}`);
      const stream = bytesOf(before, filled, random.pick(AFTER));
      const from = before.length;
      const to = from + size;
      const middle = random.between(from, to);
      const splits = [
        [from, to],
        [to - 1],
        [to],
        [to + 1],
        [from + 1, to],
        [from, to - 1, to],
        [middle, to, to + 1],
        [middle, to - 1],
        [from, middle, to + 1],
      ];
      yield {
        stream,
        splits: splits.filter(() => size < 2000 || random.chance(0.4)).map(cuts => cutAt(stream.length, ...cuts)),
        options: { eventsOnly: random.chance(0.2), lastEventId: random.pick(['', 'before']) },
      };
    }

    it.each(Object.entries(FILLERS))(
      'reads chunks and split lines of 1 to 40 and around 1024 and 2048 bytes: %s',
      (_, filler) => {
        const wrong = firstWrong(function* (random) {
          for (const size of [...FEW, ...FEW]) for (const end of LINE_ENDS) yield* around(size, filler, end, random);
          for (const size of THOUSANDS) yield* around(size, filler, random.pick(LINE_ENDS), random);
        });
        expect(wrong).toBeUndefined();
      },
    );

    it('reads chunks and split lines of 65 500 to 65 600 bytes', () => {
      const wrong = firstWrong(function* (random) {
        for (const size of LONG) {
          const fillers = random.chance(0.05) ? Object.values(FILLERS) : LONG_LINES;
          yield* around(size, random.pick(fillers), random.pick(LINE_ENDS), random);
        }
      });
      expect(wrong).toBeUndefined();
    });

    it('joins 1 to 40 and 1000 to 2100 lines of data, in one chunk or in many', () => {
      const wrong = firstWrong(function* (random) {
        // If few characters come in many lines or pieces, the parser may join them before the event ends.
        for (const lines of [...FEW, ...THOUSANDS, 1024, 1024, ...range(1085, 1100), ...range(1165, 1175), 2100]) {
          const end = random.pick(LINE_ENDS);
          const line = random.pick(['data', 'data:', 'data: ', 'data:a', 'data: é', 'data: ab']) + end;
          const last = random.pick(['', ': c\n', 'id: 7\n']);
          const stream = utf8(`${line.repeat(lines)}${last}${end}data: z${end}${end}`);
          const each = range(1, lines).map(count => count * utf8(line).length);
          yield {
            stream,
            splits: [
              [stream.length],
              cutAt(stream.length, ...each),
              cutAt(stream.length, ...each.map(cut => cut - random.between(0, 3)).filter(() => random.chance(0.5))),
            ],
          };
        }
      });
      expect(wrong).toBeUndefined();
    });
  });

  describe('in lines that may have a fast path', () => {
    const LINES = (
      'data: a|data:a|data:  a|data: |data:|data|dat|datax: a|event: e|event:e|event:|event|eventx: e|id: 7|' +
      'id:7|id:|id|id: 7\0|retry: 10|retry:10|retry: 1x|retry|: comment|:c|:|\ufeff|\ufeffdata: a|' +
      'data: \ufeffa|data:é|event: €|😀: a'
    ).split('|');
    const BEFORE = ['', '\ufeff', 'data: w\n', 'event: t\nid: 3\ndata: w\r\n\r\n', 'data: é\n\n'];
    // Alone, in a longer text, and in a text that isn't ASCII.
    const PADDING = ['', ': a comment of some length\n', `: ${'c'.repeat(1100)}\n`, `: ${'é'.repeat(20)}\n`];

    it.each(LINES)('reads %j wherever it is split', line => {
      const wrong = firstWrong(function* (random) {
        for (const end of LINE_ENDS) {
          for (const before of BEFORE) {
            const padding = random.pick(PADDING);
            const start = utf8(before + padding).length;
            const next = random.pick(['', end, `data: b${end}${end}`]);
            const stream = utf8(`${before}${padding}${line}${end}${next}${random.pick(PADDING)}data: z${end}${end}`);
            const stop = start + utf8(line + end + next.slice(0, 3)).length;
            yield { stream, splits: everyCut(random, stream.length, Math.max(0, start - 2), stop) };
          }
        }
      });
      expect(wrong).toBeUndefined();
    });
  });

  describe('at line ends', () => {
    const ENDS = ['\n', '\r', '\r\n', '\n\r', '\r\r', '\r\r\n'];
    const BLOCKS = [
      ['data: a', 'data: b', ''],
      ['event: e', 'data: a', ''],
      [': c', '', 'data: a'],
      ['id: 7', '', ':'],
      ['data', '', ''],
    ];

    it.each(BLOCKS)(
      'reads %j, %j, %j with each line end after each, at every split, in short and long streams',
      (line, other, last) => {
        const wrong = firstWrong(function* (random) {
          for (const first of ENDS) {
            for (const second of ENDS) {
              for (const third of ENDS) {
                const block = utf8([line, first, other, second, last, third].join(''));
                const stream = bytesOf(block, random.pick(ENDS), 'data: z', random.pick(ENDS), '\n');
                yield { stream, splits: [...everySplit(stream)].map(endsOf) };
                const padding = random.pick([`: ${'c'.repeat(60)}`, `data: ${'é'.repeat(20)}`, `:${'c'.repeat(1030)}`]);
                const before = utf8(padding + random.pick(ENDS));
                const longer = bytesOf(before, stream, padding, '\n\n');
                const from = before.length;
                yield { stream: longer, splits: everyPlace(longer.length, from - 1, from + block.length + 1) };
              }
            }
          }
        });
        expect(wrong).toBeUndefined();
      },
    );

    /** Puts each byte into its own chunk, after an empty one. */
    function* everyPlace(length: number, from: number, to: number): Generator<Split> {
      for (let at = from; at <= to; at++) yield cutAt(length, at, at, at + 1);
    }
  });
});
