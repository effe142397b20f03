import { EventStreamParser } from '#event-stream-parser';
import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { parseEventStream } from '../../src/parsing/parse-event-stream.js';
import { Random } from '../support/random.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { type ReferenceItem, referenceParser } from '../support/reference-parser.js';
import { ReferenceTimeline } from '../support/reference-timeline.js';
import { utf8 } from './parse-chunks.js';
import { chunksOf } from './splits.js';

describe('EventStreamParser', () => {
  describe('with a handler', () => {
    const STREAM = utf8(
      'event: t\ndata: a\n\n: c\n\nid: 1\n: d\n\ndata: é\r\n\r\nid: 2\ndata: b\ndata: c\n\nretry: 5\n\nevent: u\nid: 3\n' +
        `data: d\rretry: 7\r\r:${'c'.repeat(1050)}\n\nid\ndata: ${'e'.repeat(40)}\n\nid: 4\n\n: e\n`,
    );
    const SPLITS = [
      [STREAM.length],
      chunksOf(40, STREAM.length),
      chunksOf(7, STREAM.length),
      chunksOf(1, STREAM.length),
    ];

    it('that throws, stops there: `push` throws the same error, and `lastEventId` is the position at that item', () => {
      const timeline = new ReferenceTimeline(STREAM);
      expect(timeline.items).toHaveLength(11);
      for (const [index] of timeline.items.entries()) {
        for (const ends of SPLITS) {
          const said: ReferenceItem[] = [];
          const failure = new Error('from the handler');
          const say = (item: ReferenceItem) => {
            said.push(item);
            if (said.length > index) throw failure;
          };
          const parser = new EventStreamParser({
            onEvent: event => say({ kind: 'event', event }),
            onComment: text => say({ kind: 'comment', text }),
            onRetryTime: milliseconds => say({ kind: 'retry-time', milliseconds }),
          });
          let thrown: unknown;
          try {
            ends.forEach((end, chunk) => parser.push(STREAM.subarray(ends[chunk - 1] ?? 0, end)));
          } catch (error) {
            thrown = error;
          }
          expect(thrown).toBe(failure);
          expect(said).toEqual(timeline.items.slice(0, index + 1));
          expect([index, parser.lastEventId]).toEqual([index, timeline.at(index).lastEventId]);
        }
      }
    });

    it('that runs other parsers, which run more parsers, reads each stream separately', () => {
      const random = new Random(firstSeed);
      for (let round = 0; round < 10; round++) {
        const streams = [
          STREAM,
          utf8('data: 日本語😀\n\nid: é\r\n\r\n'.repeat(40)),
          utf8('event: t\r\ndata: x\r\n\r\n: c\r\r'.repeat(40)),
          randomStream(firstSeed + round),
        ];
        const readers = streams.map(stream => {
          const chunks = random.split(Buffer.from(stream), random.pick([3, 30, 300]));
          const said: ReferenceItem[] = [];
          let isReading = false;
          const say = (item: ReferenceItem) => {
            said.push(item);
            random.pick(readers).read();
          };
          const parser = new EventStreamParser({
            onEvent: event => say({ kind: 'event', event }),
            onComment: text => say({ kind: 'comment', text }),
            onRetryTime: milliseconds => say({ kind: 'retry-time', milliseconds }),
          });
          return {
            /** Reads a chunk, unless it is called while it reads one. */
            read() {
              if (isReading) return true;
              const chunk = chunks.next();
              if (chunk.done === true) return false;
              isReading = true;
              parser.push(chunk.value);
              isReading = false;
              return true;
            },
            result: () => ({ items: said, lastEventId: parser.lastEventId }),
          };
        });
        while (readers.map(reader => reader.read()).includes(true));
        expect(readers.map(({ result }) => result())).toEqual(streams.map(stream => referenceParser(stream)));
      }
    });

    it('of parseEventStream that pushes the next chunks, as bytes or text, reads each chunk in order', () => {
      for (let seed = firstSeed; seed < firstSeed + 200; seed++) {
        const random = new Random(seed);
        const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(randomStream(seed));
        // Text may be split within a surrogate pair, but then the next chunk must be text, too.
        const chunks: (string | Uint8Array)[] = [];
        for (let at = 0, half = false; at < text.length;) {
          let end = Math.min(text.length, at + random.between(1, 12));
          const asBytes: boolean = !half && random.chance(0.5);
          if (asBytes && /[\ud800-\udbff]$/.test(text.slice(at, end))) end++;
          const part = text.slice(at, end);
          chunks.push(asBytes ? utf8(part) : part);
          half = !asBytes && /[\ud800-\udbff]$/.test(part);
          at = end;
        }

        const source = new Subject<string | Uint8Array>();
        const said: ReferenceItem[] = [];
        const pushNext = () => {
          const chunk = chunks.shift();
          if (chunk !== undefined) source.next(chunk);
        };
        const say = (item: ReferenceItem) => {
          said.push(item);
          for (let more = random.between(0, 2); more > 0; more--) pushNext();
        };
        source
          .pipe(
            parseEventStream({
              onComment: text => say({ kind: 'comment', text }),
              onRetryTime: milliseconds => say({ kind: 'retry-time', milliseconds }),
            }),
          )
          .subscribe(event => say({ kind: 'event', event }));
        while (chunks.length > 0) pushNext();
        expect({ seed, said }).toEqual({ seed, said: referenceParser(utf8(text)).items });
      }
    });
  });
});
