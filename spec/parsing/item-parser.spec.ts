import { describe, expect, it } from '@jest/globals';
import { EventTooLargeError } from '../../src/errors.js';
import type { Batch } from '../../src/lifecycle.js';
import { newChunkEncoder } from '../../src/parsing/chunk-encoder.js';
import { ItemParser, type RetryTimes } from '../../src/parsing/item-parser.js';
import type { EventStreamParserOptions } from '../../src/parsing/line-reader.js';

const event = (data: string, lastEventId = '') => ({ type: 'message', data, lastEventId });
const move = (lastEventId: string) => ({ kind: 'position', lastEventId });

/** Returns the batches of the chunks, and the error that ends them. */
function batches(chunks: string[], options: EventStreamParserOptions & Partial<RetryTimes> = {}) {
  const items = new ItemParser(options, { acceptRetryTime: milliseconds => milliseconds, ...options }, newChunkEncoder);
  const batches: Batch[] = [];
  try {
    for (const chunk of chunks) items.read(chunk, { next: batch => batches.push(batch) });
  } catch (error) {
    return { batches, error };
  }
  return { batches };
}

describe('ItemParser', () => {
  const parser = (acceptRetryTime = (time: number): number | undefined => time) =>
    new ItemParser({}, { acceptRetryTime }, newChunkEncoder);
  const read = (items: ItemParser, chunk: string | Uint8Array) => items.read(chunk, { next: () => undefined });

  it.each([
    [':\n', true],
    [': heartbeat\n\n', true],
    [': heartbeat\r\n\r\n', true],
    [': one\n: two\n\n: three\n\n', true],
    ['\n', false],
    ['', false],
    ['data: x\n\n', false],
    [': with an event\ndata: x\n\n', false],
    ['data: x\n\n: behind an event\n', false],
    [': with an unfinished event\ndata: x\n', false],
    [': with an unfinished line\nda', false],
    [': with a type\nevent: x\n', false],
    [': with an id\nid: x\n', false],
    [': with an id that moves the position\nid: x\n\n', false],
    [': with a time\nretry: 100\n\n', false],
    [': unfinished', false],
  ])('returns whether a chunk is a heartbeat: %j', (chunk, isHeartbeat) => {
    expect(read(parser(), chunk)).toBe(isHeartbeat);
    expect(read(parser(), new TextEncoder().encode(chunk))).toBe(isHeartbeat);
  });

  it('does not count a chunk with a retry time as a heartbeat, even if the time is not accepted', () => {
    expect(
      read(
        parser(() => undefined),
        ': x\nretry: 100\n\n',
      ),
    ).toBe(false);
  });

  it('judges each chunk separately', () => {
    const items = parser();
    const chunks = [': a\n\n', 'data: x\n\n', ': a', 'b\n\n', 'data: x\n', ': within an event\n', '\n', ': a\n\n'];
    expect(chunks.map(chunk => read(items, chunk))).toEqual([true, false, false, true, false, false, false, true]);
  });

  it('emits one batch per chunk, an empty one if the chunk completes nothing', () => {
    const items = batches([': a\ndata: b\n\nretry: 5\n', 'data: c', '\n\ndata: d\n\n: e\n']);
    expect(items.batches).toEqual([
      [{ kind: 'comment', text: 'a' }, event('b'), { kind: 'retry-time', milliseconds: 5 }],
      [],
      [event('c'), event('d'), { kind: 'comment', text: 'e' }],
    ]);
  });

  it('never changes a batch after emitting it', () => {
    const items = new ItemParser({}, { acceptRetryTime: () => undefined }, newChunkEncoder);
    const values: Batch[] = [];
    const observer = { next: (batch: Batch) => values.push(batch) };
    items.read('data: a\n\n', observer);
    const [first] = structuredClone(values);
    items.read('data: b\n\n', observer);
    expect(values).toEqual([first, [event('b')]]);
  });

  it('emits the retry time that was accepted, and none that was not [pitfall 11]', () => {
    const asked: number[] = [];
    const acceptRetryTime = (milliseconds: number) => {
      asked.push(milliseconds);
      return milliseconds < 100 ? milliseconds * 2 : undefined;
    };
    const items = batches(['retry: 0\nretry: 50\nretry: 100\nretry: -5\nretry: 40abc\n'], { acceptRetryTime });
    expect(items.batches).toEqual([
      [
        { kind: 'retry-time', milliseconds: 0 },
        { kind: 'retry-time', milliseconds: 100 },
      ],
    ]);
    expect(asked).toEqual([0, 50, 100]);
  });

  describe('the position', () => {
    it('moves with events, without an item of its own [pitfall 24]', () => {
      const items = batches(['id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n']);
      expect(items.batches).toEqual([[event('a', '1'), event('b', '2'), event('c', '2')]]);
    });

    it('moves with a block of only an id, after the events of its chunk [pitfall 24]', () => {
      const items = batches(['data: a\n\nid: 1\n\n', 'id: 2\n\nid: 3\n\n', 'id: 4\n', '\n']);
      expect(items.batches).toEqual([[event('a'), move('1')], [move('3')], [], [move('4')]]);
    });

    it('does not move if the chunk leaves it at the same id', () => {
      const items = batches(['id: 1\n\n', 'id: 2\n\nid: 1\n\n', 'data: a\n\n', 'id: 1\n\n']);
      expect(items.batches).toEqual([[move('1')], [], [event('a', '1')], []]);
    });

    it('does not move separately if an event follows the block of only an id', () => {
      expect(batches(['id: 1\n\ndata: a\n\n']).batches).toEqual([[event('a', '1')]]);
    });

    it('is cleared by an empty id [pitfall 24]', () => {
      expect(batches(['id: 1\ndata: a\n\nid\n\n']).batches).toEqual([[event('a', '1'), move('')]]);
    });

    it('starts from the id in the options [pitfall 24]', () => {
      const items = batches(['id: 1\n\n', 'data: a\n\n', 'id:\n\n'], { lastEventId: '1' });
      expect(items.batches).toEqual([[], [event('a', '1')], [move('')]]);
    });

    it('does not move with an unfinished block [pitfall 24]', () => {
      expect(batches(['data: a\n\nid: 1\n', 'data: b\n', 'id: 2']).batches).toEqual([[event('a')], [], []]);
    });
  });

  describe('a line that is too large', () => {
    const maxEventSize = 10;

    it('is an error after the batch of earlier items in its chunk [pitfall 33]', () => {
      const items = batches(['data: a\n\n: b\ndata: 01234567890', '\n\n'], { maxEventSize });
      expect(items.error).toBeInstanceOf(EventTooLargeError);
      expect(items.batches).toEqual([[event('a'), { kind: 'comment', text: 'b' }]]);
    });

    it('does not hold back the move of an earlier block of only an id in its chunk [pitfall 24]', () => {
      const items = batches(['id: 1\n\ndata: 01234567890'], { maxEventSize });
      expect(items.error).toBeInstanceOf(EventTooLargeError);
      expect(items.batches).toEqual([[move('1')]]);
    });

    it('is an error with the URL, without its secrets', () => {
      const items = batches(['data: 01234567890'], { maxEventSize, url: 'https://example.org/a?token=secret' });
      expect(items.error).toMatchObject({
        url: 'https://example.org/a',
        message: expect.not.stringContaining('secret'),
      });
    });
  });
});
