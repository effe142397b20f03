import { describe, expect, it } from '@jest/globals';
import { from, Subject } from 'rxjs';
import { EventTooLargeError } from '../../src/errors.js';
import { parseItems, type ParseItemsOptions } from '../../src/parsing/parse-items.js';
import { observe } from '../support/observe.js';

const event = (data: string, lastEventId = '') => ({ type: 'message', data, lastEventId });
const move = (lastEventId: string) => ({ kind: 'position', lastEventId });

function batches(chunks: string[], options: Partial<ParseItemsOptions> = {}) {
  return observe(from(chunks).pipe(parseItems({ acceptRetryTime: milliseconds => milliseconds, ...options })));
}

describe('parseItems', () => {
  it('makes one batch of each chunk, an empty one where it completed nothing', async () => {
    const items = batches([': a\ndata: b\n\nretry: 5\n', 'data: c', '\n\ndata: d\n\n: e\n']);
    expect(await items.completed()).toEqual([
      [{ kind: 'comment', text: 'a' }, event('b'), { kind: 'retry-time', milliseconds: 5 }],
      [],
      [event('c'), event('d'), { kind: 'comment', text: 'e' }],
    ]);
  });

  it('never changes a batch that it has given', () => {
    const chunks = new Subject<string>();
    const { values } = observe(chunks.pipe(parseItems({ acceptRetryTime: () => undefined })));
    chunks.next('data: a\n\n');
    const [first] = structuredClone(values);
    chunks.next('data: b\n\n');
    expect(values).toEqual([first, [event('b')]]);
  });

  it('tells the retry time that was accepted, and none that was not [pitfall 11]', async () => {
    const asked: number[] = [];
    const acceptRetryTime = (milliseconds: number) => {
      asked.push(milliseconds);
      return milliseconds < 100 ? milliseconds * 2 : undefined;
    };
    const items = batches(['retry: 0\nretry: 50\nretry: 100\nretry: -5\nretry: 40abc\n'], { acceptRetryTime });
    expect(await items.completed()).toEqual([
      [
        { kind: 'retry-time', milliseconds: 0 },
        { kind: 'retry-time', milliseconds: 100 },
      ],
    ]);
    expect(asked).toEqual([0, 50, 100]);
  });

  describe('the position', () => {
    it('moves with events, which need no word of it [pitfall 24]', async () => {
      const items = batches(['id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n']);
      expect(await items.completed()).toEqual([[event('a', '1'), event('b', '2'), event('c', '2')]]);
    });

    it('moves with a block of an id alone, behind the events of its chunk [pitfall 24]', async () => {
      const items = batches(['data: a\n\nid: 1\n\n', 'id: 2\n\nid: 3\n\n', 'id: 4\n', '\n']);
      expect(await items.completed()).toEqual([[event('a'), move('1')], [move('3')], [], [move('4')]]);
    });

    it('does not move to where it is, or is again', async () => {
      const items = batches(['id: 1\n\n', 'id: 2\n\nid: 1\n\n', 'data: a\n\n', 'id: 1\n\n']);
      expect(await items.completed()).toEqual([[move('1')], [], [event('a', '1')], []]);
    });

    it('does not move behind an event that came after the block of an id alone', async () => {
      expect(await batches(['id: 1\n\ndata: a\n\n']).completed()).toEqual([[event('a', '1')]]);
    });

    it('is cleared by an empty id [pitfall 24]', async () => {
      expect(await batches(['id: 1\ndata: a\n\nid\n\n']).completed()).toEqual([[event('a', '1'), move('')]]);
    });

    it('starts from the id that was given [pitfall 24]', async () => {
      const items = batches(['id: 1\n\n', 'data: a\n\n', 'id:\n\n'], { lastEventId: '1' });
      expect(await items.completed()).toEqual([[], [event('a', '1')], [move('')]]);
    });

    it('is left where it is by what is unfinished [pitfall 24]', async () => {
      expect(await batches(['data: a\n\nid: 1\n', 'data: b\n', 'id: 2']).completed()).toEqual([[event('a')], [], []]);
    });
  });

  describe('what is too large', () => {
    const maxEventSize = 10;

    it('is an error after the batch of what came before in its chunk [pitfall 33]', async () => {
      const items = batches(['data: a\n\n: b\ndata: 01234567890', '\n\n'], { maxEventSize });
      expect(await items.failed()).toBeInstanceOf(EventTooLargeError);
      expect(items.values).toEqual([[event('a'), { kind: 'comment', text: 'b' }]]);
    });

    it('does not hold back the move of a block of an id alone before it in its chunk [pitfall 24]', async () => {
      const items = batches(['id: 1\n\ndata: 01234567890'], { maxEventSize });
      expect(await items.failed()).toBeInstanceOf(EventTooLargeError);
      expect(items.values).toEqual([[move('1')]]);
    });

    it('names where it came from, without secrets', async () => {
      const items = batches(['data: 01234567890'], { maxEventSize, url: 'https://example.org/a?token=secret' });
      expect(await items.failed()).toMatchObject({
        url: 'https://example.org/a',
        message: expect.not.stringContaining('secret'),
      });
    });
  });
});
