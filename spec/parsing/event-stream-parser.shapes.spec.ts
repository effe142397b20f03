import { describe, expect, it } from '@jest/globals';
import type { Random } from '../support/random.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import type { ReferenceTimeline } from '../support/reference-timeline.js';
import { BAD_BYTES, LINE_ENDS, WIDE } from './border-cases.js';
import { type Bytes, bytesOf } from './bytes-of.js';
import { firstWrong } from './first-wrong.js';
import { utf8 } from './parse-chunks.js';
import { chunksOf, cutAt, endsOf, nearBorders, range, ROUND } from './splits.js';

describe('EventStreamParser', () => {
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
    ])('agrees with the standard for %s streams, however they are split', (_, streams, sizes) => {
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
