import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Random } from '../support/random.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { ReferenceTimeline, type ReferenceTimelineOptions } from '../support/reference-timeline.js';
import { firstDifference, type Hand, HANDS } from './first-difference.js';
import { everySplit, utf8 } from './parse-chunks.js';
import { chunksOf, cutAt, endsOf, everyCut, nearBorders, range, ROUND, type Split } from './splits.js';

// A fast path has borders: a maximum size, a shape, a kind of text. These tests don't depend on which of them the parser has. They
// try everything around each border that it might have, and compare the parser with the reference parser after each chunk.

const FEW = range(1, 40);
const THOUSANDS = [...range(1000, 1050), ...range(2040, 2056)];
const LONG = range(65_500, 65_600);

const LINE_ENDS = ['\n', '\r', '\r\n'];
const CHARACTERS = ['a', 'é', '€', '😀'];
/** Invalid UTF-8: a stray continuation, a lone start, overlong, cut short by the next byte, a surrogate, above the last code point. */
const BAD_BYTES = [
  [0x80],
  [0xff],
  [0xc3],
  [0xc0, 0xaf],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
];
const WIDE = [...CHARACTERS.slice(1).map(character => [...utf8(character)]), [0xef, 0xbb, 0xbf], ...BAD_BYTES];

type Bytes = string | readonly number[] | Uint8Array;
const bytesOf = (...parts: Bytes[]) =>
  Uint8Array.from(Buffer.concat(parts.map(part => (typeof part === 'string' ? utf8(part) : Uint8Array.from(part)))));

interface Case {
  stream: Uint8Array;
  splits: Iterable<Split> | ((timeline: ReferenceTimeline) => Iterable<Split>);
  options?: ReferenceTimelineOptions;
}

const seen = { streams: 0, items: 0, splits: 0, refused: 0 };

/** Describes the first case that differs from the reference. Each split is pushed with another kind of chunk. */
function firstWrong(cases: (random: Random) => Iterable<Case>, seed = firstSeed): string | undefined {
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

describe('EventStreamParser', () => {
  afterAll(() => {
    console.log(
      `SEED=${firstSeed}: at borders, ${seen.streams} streams with ${seen.items} items, ${seen.splits} splits; ` +
        `${seen.refused} streams too large`,
    );
  });

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
      'an event behind which an id waits': idThatWaits,
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

  describe('at a change of shape', () => {
    const SHAPES: Record<string, string> = {
      data: 'data: xyz\n\n',
      'data without a space': 'data:xyz\n\n',
      'event and data': 'event: delta\ndata: {"a":1}\n\n',
      'id, event and data': 'id: 17\nevent: e\ndata: abc\n\n',
      'lines of data': 'data: a\ndata: b\ndata: c\n\n',
      'data with CRLF': 'data: xyz\r\n\r\n',
      'event and data with CRLF': 'event: delta\r\ndata: xyz\r\n\r\n',
      'data with CR': 'data: xyz\r\r',
      comments: ': heartbeat\n\n',
      'comments and data': ': c\n\ndata: x\n\n: c\n',
      'retry and id': 'retry: 40\nid: 7\n\n',
    };
    const ODD: Bytes[] = [
      ...' |:|\n|\r|\r\n|\0|x|7|\t|\v|\f|\u0085|\u2028|\u2029|\ufeff|é|😀'.split('|'),
      ...BAD_BYTES,
    ];
    const OTHERS = (
      'Data: a|data : a|data|dat|data\tx|datax| data: a|\ufeffdata: a|data:  a|event|event:|eventx: y|' +
      'event : y|id|id:|id: a\0b|ids: 8|retry|retry: |retry: 4x|retry: ４|:|data: a\n\nevent: b\n\ndata: c|' +
      'event: a\nevent: b\ndata: c|data: a\nevent: b\ndata: c|data: a\nid: b|event: a\n: c\ndata: b|' +
      'event: a\n\ndata: b|event: a\rdata: b\r\ndata: c\n\r|\u0085\n\u2028\n\u2029\n\v\n\f'
    ).split('|');

    /** Variants of the shape, at each place: one byte less, one byte more, or another byte. */
    function* changes(shape: string, random: Random): Generator<Uint8Array> {
      for (const other of OTHERS) {
        yield bytesOf(other, '\n\n');
        yield bytesOf(other.replace('\n', '\r'), '\r\n\r\n');
        yield bytesOf(other, '\n', shape);
      }
      for (let at = 0; at < shape.length; at++) {
        const before = shape.slice(0, at);
        yield bytesOf(before, shape.slice(at + 1));
        yield bytesOf(before, [shape.charCodeAt(at) ^ 0x20], shape.slice(at + 1));
        yield bytesOf(before, [shape.charCodeAt(at) ^ (1 << random.between(0, 7))], shape.slice(at + 1));
        for (const odd of ODD) {
          yield bytesOf(before, odd, shape.slice(random.chance(0.5) ? at : at + 1));
        }
      }
    }

    it.each(Object.entries(SHAPES))(
      'reads an event that differs by a byte after a thousand of the same shape: %s',
      (_, shape) => {
        const wrong = firstWrong(function* (random) {
          const common = utf8(shape);
          const parts = Array<Uint8Array>(1000).fill(common);
          const changed: number[] = [];
          for (const change of changes(shape, random)) {
            changed.push(parts.length);
            parts.push(change, ...Array<Uint8Array>(random.between(1, 3)).fill(common));
          }
          const stream = bytesOf(...parts);
          const ends = endsOf(parts);
          const places = changed.map(index => ends.slice(index - 1, index + 1));
          yield {
            stream,
            splits: timeline => [
              [stream.length],
              ends,
              cutAt(stream.length, ...places.flat()),
              cutAt(stream.length, ...places.flatMap(([from = 0, to = 0]) => range(from - 2, to + 2))),
              chunksOf(random.pick([16, 64, 16 * 1024]), stream.length),
              nearBorders(random, timeline),
            ],
          };
          yield { stream, splits: [[stream.length], ends], options: { eventsOnly: true } };
        });
        expect(wrong).toBeUndefined();
      },
    );

    it('reads the first different event after a thousand of the same shape, in one chunk and in chunks of one event', () => {
      const wrong = firstWrong(function* (random) {
        for (const shape of Object.values(SHAPES)) {
          for (const other of OTHERS) {
            const stream = utf8(`${shape.repeat(1000)}${other}\n\n${shape}`);
            if (random.chance(0.05)) yield { stream, splits: [[stream.length], chunksOf(shape.length, stream.length)] };
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

  describe('in random streams of lines that may have a fast path', () => {
    const VALUES = '|a|x|{"a":"b c"}| a|a: b|0|7|delta|data: a|\u2028|\0|é|日本語|😀'.split('|');
    const NAMES = 'data: |data:|data|event: |event:|id: |id:|id|retry: |: |:|Data: |even: |'.split('|');
    const SHAPES = [
      ['data: '],
      ['event: ', 'data: '],
      ['id: ', 'event: ', 'data: '],
      ['data: ', 'data: '],
      [': '],
      ['data:'],
      ['event: '],
    ];

    /** Runs of one shape, in one kind of text with one kind of line end, and sometimes something else in between. */
    function streamOfShapes(random: Random, size: number, seed: number): Uint8Array {
      const parts: Bytes[] = [random.pick(['', '', '\ufeff', '\n', '\ufeff\ufeff'])];
      let ends = [random.pick(LINE_ENDS)];
      let shape = random.pick(SHAPES);
      let values = random.pick([VALUES.slice(0, 10), VALUES, ['abc', 'abcd'], ['日本語', '😀']]);
      for (let written = 0; written < size;) {
        const before = parts.length;
        if (random.chance(0.07))
          shape = random.chance(0.5) ? random.pick(SHAPES) : [random.pick(NAMES), random.pick(NAMES)];
        if (random.chance(0.1)) ends = random.chance(0.3) ? LINE_ENDS : [random.pick(LINE_ENDS)];
        if (random.chance(0.1)) values = random.pick([VALUES.slice(0, 10), VALUES, ['abc', 'abcd'], ['日本語', '😀']]);
        for (const name of shape) {
          parts.push(name, random.pick(values));
          if (random.chance(0.03)) parts.push(random.pick(WIDE));
          if (random.chance(0.03))
            parts.push(
              'y'.repeat(Math.max(0, random.pick(ROUND.filter(room => room <= size)) + random.between(-12, 2))),
            );
          parts.push(random.pick(ends));
        }
        if (random.chance(0.9)) parts.push(random.pick(ends));
        if (random.chance(0.01)) parts.push(randomStream(seed));
        for (const part of parts.slice(before)) written += part.length;
      }
      return bytesOf(...parts);
    }

    it.each([
      ['short', 600, [30, 100, 300]],
      ['longer', 100, [1000, 4000]],
      ['long', 6, [70_000, 140_000]],
    ])('%s: agrees with the standard, however they are split', (_, streams, sizes) => {
      for (let seed = firstSeed; seed < firstSeed + streams; seed++) {
        const wrong = firstWrong(function* (random) {
          const stream = streamOfShapes(random, random.pick(sizes), seed);
          const lineSizes = new TextDecoder()
            .decode(stream)
            .split(/\r\n|\r|\n/)
            .map(({ length }) => length);
          const options = {
            eventsOnly: random.chance(0.2),
            lastEventId: random.pick(['', 'before']),
            ...(random.chance(0.3) && { maxEventSize: Math.max(1, random.pick(lineSizes) + random.between(-1, 1)) }),
          };
          const splits = (timeline: ReferenceTimeline) => [
            [stream.length],
            nearBorders(random, timeline),
            nearBorders(random, timeline),
            nearBorders(random, timeline),
          ];
          yield { stream, splits, options };
        }, seed);
        expect(wrong).toBeUndefined();
      }
    });
  });
});
