import { EventStreamParser } from '#event-stream-parser';
import { tooLarge } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { EventTooLargeError } from '../../src/errors.js';
import { DEFAULT_MAX_EVENT_SIZE } from '../../src/parsing/line-reader.js';
import { bytesOf } from './bytes-of.js';
import { utf8 } from './parse-chunks.js';
import { read, readData, readEvents } from './read-stream.js';

describe('EventStreamParser', () => {
  describe('maxEventSize', () => {
    const LIMIT = 24;
    const limited = { maxEventSize: LIMIT };

    // Characters are UTF-16 code units: the last of these is two of them, in four bytes.
    it.each(['a', 'é', '€', '😀'])(
      'allows a line of up to this many characters, finished or not, and no more: %s [pitfall 33]',
      character => {
        const rest = LIMIT - 'data: '.length;
        const line = `data: ${character.repeat(rest / character.length)}`;
        expect(line).toHaveLength(LIMIT);
        expect(read(`id: 1\n\n${line}`, limited)).toEqual({ items: [], lastEventId: '1' });
        expect(readEvents(`${line}\n\n`, limited)).toHaveLength(1);
        expect(readEvents(`${line}\r\n\r\n`, limited)).toHaveLength(1);
        expect(readEvents(`\ufeff${line}\n\n`, limited)).toHaveLength(1);

        for (const stream of [`${line}a`, `${line}a\n\n`, `${line}é\n\n`, `\ufeff${line}a`, `${line}\n${line}a`]) {
          expect(read(stream, limited)).toEqual({ items: [], lastEventId: '', tooLarge: 'line' });
        }
      },
    );

    it.each(['data', 'event', 'id', 'retry', '', 'x'])('applies to any line: %s', name => {
      const line = `${name}:`.padEnd(LIMIT, '1');
      expect(read(`${line}\n`, limited).tooLarge).toBeUndefined();
      expect(read(`${line}1\n`, limited).tooLarge).toBe('line');
    });

    it('counts an invalid byte as the one character that replaces it', () => {
      const line = [...utf8('data:'), ...Array<number>(LIMIT - 'data:'.length).fill(0xff)];
      expect(readData(bytesOf(line, '\n\n'))).toHaveLength(1);
      expect(read(bytesOf(line, '\n\n'), limited).items).toHaveLength(1);
      expect(read(bytesOf(line, [0xff]), limited).tooLarge).toBe('line');
    });

    it('allows an event of up to this many characters, including the LFs between its lines, and no more [pitfall 33]', () => {
      const line = 'data:0123456\n';
      expect(readData(`${line}${line}${line}\n`)[0]).toHaveLength(LIMIT - 1);
      expect(readEvents(`${line}${line}${line}data\n\n`, limited)).toHaveLength(1);
      expect(read(`${line}${line}${line}data:0\n\n`, limited).tooLarge).toBe('event');
      expect(read(`${line}${line}${line}data\ndata\n\n`, limited).tooLarge).toBe('event');
    });

    it('allows a stream of any length', () => {
      expect(readEvents('data:0123456789\n: 0123456789\n\n'.repeat(20), limited)).toHaveLength(20);
    });

    it('delivers earlier items of the same chunk before the error [pitfall 33]', () => {
      expect(
        read(`data: a\n\n: b\nid: 1\ndata: c\n\nid: 2\n\ndata: ${'d'.repeat(LIMIT)}\n\ndata: e\n\n`, limited),
      ).toEqual({
        items: [
          { kind: 'event', event: { type: 'message', data: 'a', lastEventId: '' } },
          { kind: 'comment', text: 'b' },
          { kind: 'event', event: { type: 'message', data: 'c', lastEventId: '1' } },
        ],
        lastEventId: '2',
        tooLarge: 'line',
      });
    });

    it('throws an error with the limit, the size, and the URL without its secrets [pitfall 33]', () => {
      const url = 'https://user:password@example.org/stream?token=secret#part';
      const parser = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: 10, url });
      expect(() => parser.push(utf8('data: 01234'))).toThrow(
        new EventTooLargeError(`${tooLarge('line', 10, 11)}: https://example.org/stream`),
      );
      const unnamed = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: 10 });
      expect(() => unnamed.push(utf8('data:01234\ndata:56789\n\n'))).toThrow(
        new EventTooLargeError(tooLarge('event', 10, 11)),
      );
    });

    it('is 64 Mi characters by default', () => {
      expect(DEFAULT_MAX_EVENT_SIZE).toBe(64 * 1024 * 1024);
      const parser = new EventStreamParser({ onEvent: () => undefined });
      parser.push(new Uint8Array(DEFAULT_MAX_EVENT_SIZE).fill(0x20));
      expect(() => parser.push(utf8(' '))).toThrow(EventTooLargeError);
    });
  });
});
