import { EventStreamParser } from '#event-stream-parser';
import { describe, expect, it } from '@jest/globals';
import { EventTooLargeError } from '../../src/errors.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { byteByByte, parse, utf8 } from './parse-chunks.js';

describe('EventStreamParser', () => {
  describe('memory', () => {
    const MEGABYTE = 1024 * 1024;

    it('is freed after an `EventTooLargeError`, although the parser still exists [pitfall 33]', async () => {
      const parser = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: 32 * MEGABYTE });
      const before = await memoryInUse();
      const data = utf8(`data: ${'a'.repeat(MEGABYTE - 'data: \n'.length)}\n`);
      for (let count = 0; count < 31; count++) parser.push(data);
      parser.push(new Uint8Array(32 * MEGABYTE).fill(0x20));
      // This is at least the line. The text of the event may be added to it.
      expect((await memoryInUse()) - before).toBeGreaterThan(30 * MEGABYTE);

      expect(() => parser.push(utf8(' '))).toThrow(EventTooLargeError);
      expect((await memoryInUse()) - before).toBeLessThan(4 * MEGABYTE);
      expect(parser.lastEventId).toBe('');
    });

    it('is freed after a long line, while the stream continues', async () => {
      const parser = new EventStreamParser({ onEvent: () => undefined });
      const before = await memoryInUse();
      parser.push(new Uint8Array(32 * MEGABYTE).fill(0x20));
      expect((await memoryInUse()) - before).toBeGreaterThan(30 * MEGABYTE);
      parser.push(utf8('\ndata: a'));
      expect((await memoryInUse()) - before).toBeLessThan(4 * MEGABYTE);
      expect(parser.lastEventId).toBe('');
    });

    it('is freed after a long line, even if an id arrives with its end', async () => {
      const parser = new EventStreamParser({ onEvent: () => undefined });
      const before = await memoryInUse();
      parser.push(new Uint8Array(32 * MEGABYTE).fill(0x20));
      parser.push(utf8('\n\nid: 0123456789abcdef\n\n'));
      expect((await memoryInUse()) - before).toBeLessThan(4 * MEGABYTE);
      expect(parser.lastEventId).toBe('0123456789abcdef');
    });

    it.each([
      ['the last event ID', 'data: a\n\n'],
      ['the id of an unfinished event', 'data: a\n'],
      ['the last event ID while the next id is pending', '\nid: 2\n'],
      ['the lines of an unfinished event', 'data: a\ndata: b\n'],
    ])('of a chunk is not kept by %s', async (_, rest) => {
      const parsers = Array.from({ length: 64 }, () => new EventStreamParser({ onEvent: () => undefined }));
      const before = await memoryInUse();
      for (const parser of parsers) parser.push(utf8(`:${' '.repeat(MEGABYTE / 8)}\nid: ${'1'.repeat(50)}\n${rest}`));
      expect((await memoryInUse()) - before).toBeLessThan(MEGABYTE);
      expect(parsers.every(({ lastEventId }) => lastEventId.length <= 50)).toBe(true);
    });

    it.each(['data:\n', 'data:a\n', 'data:ab\n'])(
      'is in proportion to the size of an event, even if its lines are as short as %j [pitfall 33]',
      async line => {
        const parser = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: MEGABYTE });
        const before = await memoryInUse();
        const characters = line.length - 'data:'.length;
        const lines = utf8(line.repeat(1024));
        for (let size = 0; size < MEGABYTE - 2048 * characters; size += 1024 * characters) parser.push(lines);
        expect((await memoryInUse()) - before).toBeLessThan(10 * MEGABYTE);
        expect(parser.lastEventId).toBe('');
      },
    );
  });

  // The work is counted, not timed: a clock on a busy machine proves nothing.
  describe('work', () => {
    const SIZE = 1024 * 1024;
    const pushAll = (chunks: Iterable<Uint8Array>) => () => parse(chunks);
    function* fragments(text: string, size: number) {
      const bytes = utf8(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }

    it.each([1, 2, 7, 1000, SIZE])(
      'is in proportion to the length of a line that comes in fragments of %i bytes [pitfall 32]',
      size => {
        const stream = `data: ${'a'.repeat(SIZE)}\n\n`;
        const work = workOf(() => expect(parse(fragments(stream, size)).items).toHaveLength(1));
        expect(work.copied).toBeLessThan(4 * SIZE);
        expect(work.decoded).toBeLessThan(2 * SIZE);
        expect(work.searched).toBeLessThan(4 * SIZE);
      },
    );

    it.each([
      ['that end with LF', 'x\n'],
      ['that end with CR', 'x\r'],
      ['that end with CRLF', 'x\r\n'],
      ['without a colon', 'data\n'],
      ['with a comment', ':\n'],
      ['with a value', 'data:a\n\n'],
      ['with an id', 'id\n\n'],
    ])('is in proportion to the length of a chunk of short lines %s [pitfall 32]', (_, line) => {
      // With a line end of each kind at the far end, a search for it succeeds, but only there.
      for (const last of ['\n', '\r', '']) {
        const stream = line.repeat(SIZE / line.length) + last;
        const work = workOf(pushAll([utf8(stream)]));
        expect(work.copied).toBeLessThan(4 * SIZE);
        expect(work.decoded).toBeLessThan(2 * SIZE);
        expect(work.searched).toBeLessThan(4 * SIZE);
      }
    });

    it.each(['a', 'é', '€', '😀'])(
      'is in proportion to the length of a line near the limit, for characters of one to four bytes: %s [pitfall 32]',
      character => {
        const maxEventSize = 64 * 1024;
        const bytes = utf8(character.repeat(maxEventSize / character.length));
        const parser = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize });
        const work = workOf(() => byteByByte(bytes).forEach(byte => parser.push(byte)));
        expect(work.copied).toBeLessThan(4 * bytes.length);
        expect(work.decoded).toBeLessThan(4 * bytes.length);
      },
    );
  });
});

/** Counts the bytes copied and decoded, and the characters searched, while `run` runs. */
function workOf(run: () => void) {
  const work = { copied: 0, decoded: 0, searched: 0 };
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const restore = [
    tap(typedArray, 'set', (_, [source]) => (work.copied += source.length)),
    tap(TextDecoder.prototype, 'decode', (_, [bytes]) => (work.decoded += bytes?.byteLength ?? 0)),
    tap(String.prototype, 'indexOf', (text, [, from = 0], found) => {
      work.searched += (found === -1 ? text.length : found) - from;
    }),
  ];
  try {
    run();
  } finally {
    restore.forEach(undo => undo());
  }
  return work;
}

/** Calls `seen` after each call of a method. Unlike a spy, it keeps nothing of a million calls. Returns a function that undoes it. */
function tap<Name extends string, Owner extends Record<Name, (...parameters: never[]) => unknown>>(
  owner: Owner,
  name: Name,
  seen: (self: Owner, parameters: Parameters<Owner[Name]>, result: ReturnType<Owner[Name]>) => void,
): () => void {
  const method = owner[name];
  Reflect.set(owner, name, function (this: Owner, ...parameters: Parameters<Owner[Name]>) {
    const result = Reflect.apply(method, this, parameters) as ReturnType<Owner[Name]>;
    seen(this, parameters, result);
    return result;
  });
  return () => Reflect.set(owner, name, method);
}
