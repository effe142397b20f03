import { noChunk } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { EventTooLargeError } from '../../src/errors.js';
import { EventStreamParser as PageParser } from '../../src/parsing/event-stream-parser.js';
import { newChunkEncoder } from '../../src/parsing/chunk-encoder.js';
import { EventStreamParser as NodeParser } from '../../src/parsing/event-stream-parser.node.js';
import { Random } from '../support/random.js';
import { firstSeed, randomStream } from '../support/random-stream.js';
import { type ReferenceItem, referenceParser } from '../support/reference-parser.js';
import { byteByByte, everySplit, utf8 } from './parse-chunks.js';

describe.each([
  ['for pages', PageParser],
  ['for Node', NodeParser],
])('the EventStreamParser %s', (_name, EventStreamParser) => {
  const parse = (chunks: Iterable<Uint8Array | string>, maxEventSize?: number) => {
    const items: ReferenceItem[] = [];
    const parser = new EventStreamParser(
      {
        onEvent: event => items.push({ kind: 'event', event }),
        onComment: text => items.push({ kind: 'comment', text }),
        onRetryTime: milliseconds => items.push({ kind: 'retry-time', milliseconds }),
      },
      maxEventSize === undefined ? {} : { maxEventSize },
      newChunkEncoder,
    );
    for (const chunk of chunks) parser.push(chunk);
    return { items, lastEventId: parser.lastEventId };
  };
  const dataOf = (...chunks: (Uint8Array | string)[]) =>
    parse(chunks).items.map(item => (item.kind === 'event' ? item.event.data : item));

  it('agrees with the standard for every split of random streams [pitfall 26]', () => {
    for (let seed = firstSeed; seed < firstSeed + 300; seed++) {
      const stream = randomStream(seed);
      for (const chunks of everySplit(stream)) {
        expect({ seed, ...parse(chunks) }).toEqual({ seed, ...referenceParser(stream) });
      }
    }
  });

  it('reads text like its bytes, in any mix of chunks of both [pitfall 26]', () => {
    for (let seed = firstSeed; seed < firstSeed + 300; seed++) {
      const random = new Random(seed);
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(randomStream(seed));
      const expected = { seed, ...referenceParser(utf8(text)) };
      expect({ seed, ...parse(text) }).toEqual(expected);
      expect({ seed, ...parse([text]) }).toEqual(expected);
      // Each character is a chunk, as bytes or as text.
      const mixed = Array.from(text).map(character => (random.chance(0.5) ? utf8(character) : character));
      expect({ seed, ...parse(mixed) }).toEqual(expected);
    }
  });

  it('replaces a character whose bytes are cut off by a chunk of text', () => {
    const [half, rest] = [utf8('data: €').slice(0, -1), utf8('€').slice(-1)];
    expect(dataOf(half, 'a\n\n')).toEqual(['\ufffda']);
    expect(dataOf(half, '', rest, 'a\n\n')).toEqual(['€a']);
    expect(dataOf(...byteByByte(half), 'a\n', utf8('\ufeffdata: b\n\n'))).toEqual(['\ufffda']);
    expect(dataOf(utf8(`data: ${'é'.repeat(3000)}\n\ndata: €`).slice(0, -1), 'a\n\n')).toEqual([
      'é'.repeat(3000),
      '\ufffda',
    ]);
  });

  it('waits for the second half of a surrogate pair, and replaces a lone half with U+FFFD', () => {
    expect(dataOf('data: \ud83d', '\ude00', '\n\n')).toEqual(['😀']);
    expect(dataOf('data: a\ud83d', 'b\n\n')).toEqual(['a\ufffdb']);
    expect(dataOf('data: \ud83d', utf8('b\n\n'))).toEqual(['\ufffdb']);
  });

  it('removes one byte order mark at the start, as bytes or as text, and no other', () => {
    const mark = utf8('\ufeff');
    for (const start of [['\ufeff'], [mark], ['', '\ufeff'], byteByByte(mark)]) {
      expect(dataOf(...start, 'data: a\n\n')).toEqual(['a']);
      expect(dataOf(...start, utf8('data: a\n\n'))).toEqual(['a']);
      expect(dataOf(...start, '\ufeffdata: a\n\n')).toEqual([]);
      expect(dataOf(...start, utf8('\ufeffdata: a\n\n'))).toEqual([]);
    }
    expect(dataOf('data: a\n\n', utf8('data: b\n'), '\n', utf8('\ufeffdata: c\n\n'))).toEqual(['a', 'b']);
  });

  it('reads a CRLF that is split between bytes and text', () => {
    expect(dataOf('data: a\r', utf8('\ndata: b\r'), '\n\r', utf8('\n'))).toEqual(['a\nb']);
  });

  it('throws for a line of text that is too large, after the previous events [pitfall 33]', () => {
    const said: string[] = [];
    const parser = new EventStreamParser(
      { onEvent: ({ data }) => said.push(data) },
      { maxEventSize: 10 },
      newChunkEncoder,
    );
    expect(() => parser.push('data: a\n\ndata: 01234')).toThrow(EventTooLargeError);
    expect(said).toEqual(['a']);
    const bytes = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: 10 }, newChunkEncoder);
    bytes.push(utf8('data: '));
    bytes.push('0123');
    expect(() => bytes.push('4')).toThrow(EventTooLargeError);
  });

  it.each([new ArrayBuffer(2), {}, 7, null, undefined])('throws a TypeError for the chunk %p', chunk => {
    const parser = new EventStreamParser({ onEvent: () => undefined }, {}, newChunkEncoder);
    expect(() => parser.push(chunk as string)).toThrow(TypeError);
    expect(() => parser.push(chunk as string)).toThrow(noChunk(chunk));
  });
});
