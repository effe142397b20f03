import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { decode, DecodeError, type Decoder, type ServerSentEvent } from '../../src/index.js';
import { fail } from './fail.js';
import { manualDecoder } from './manual-decoder.js';
import { open, openLifecycle } from './open.js';
import { settled } from './settled.js';

afterEach(settled);

describe('decode', () => {
  // Runs for a decoder that throws, and for one that rejects.
  describe.each<[string, (reason: unknown) => Decoder<string>]>([
    ['throws', reason => text => (text === 'bad' ? fail(reason)() : text)],
    [
      'rejects',
      reason => async text => {
        await Promise.resolve();
        return text === 'bad' ? fail(reason)() : text;
      },
    ],
  ])('onInvalid, if a decoder %s', (_, decoderOf) => {
    const reason = new RangeError('out of range');
    const decoder = decoderOf(reason);
    const bad = { type: 'message', data: 'bad', lastEventId: '2' };
    const sendThree = (connection: ReturnType<typeof open>['connection']) =>
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: bad\n\nid: 3\ndata: c\n\n');

    it.each([undefined, { onInvalid: 'error' } as const])(
      'errors with a DecodeError for the options %j',
      async options => {
        const { stream, connection, server } = open(decode(decoder, options));
        sendThree(connection);
        const error = (await stream.failed()) as DecodeError;
        expect(error).toBeInstanceOf(DecodeError);
        expect(error).toMatchObject({
          message: 'Invalid data in event "message": out of range',
          event: bad,
          issues: [],
          cause: reason,
          retryable: false,
        });
        expect(stream.values.map(({ data }) => data)).toEqual(['a']);
        server.verify();
      },
    );

    it("drops the event with 'skip'", async () => {
      const { stream, connection } = open(decode(decoder, { onInvalid: 'skip' }));
      sendThree(connection);
      expect((await stream.first(2)).map(({ data }) => data)).toEqual(['a', 'c']);
    });

    it('calls a function with the error and the original event, and emits the event that it returns instead', async () => {
      const onInvalid = jest.fn((_: DecodeError, event: ServerSentEvent) => ({
        type: 'unreadable',
        data: event.data.length,
        lastEventId: event.lastEventId,
      }));
      const { stream, connection } = open(decode(decoder, { onInvalid }));
      sendThree(connection);
      expect(await stream.first(3)).toEqual([
        { type: 'message', data: 'a', lastEventId: '1' },
        { type: 'unreadable', data: 3, lastEventId: '2' },
        { type: 'message', data: 'c', lastEventId: '3' },
      ]);
      expect(onInvalid).toHaveBeenCalledTimes(1);
      const [error, event] = onInvalid.mock.calls[0] ?? [];
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ cause: reason, event: bad });
      expect(event).toEqual(bad);
    });

    it('emits the event that a function returns as a step of the lifecycle', async () => {
      const { stream, connection } = openLifecycle(
        decode(decoder, { onInvalid: (_, event) => ({ ...event, data: null }) }),
      );
      sendThree(connection);
      expect((await stream.first(5)).slice(2)).toEqual([
        { kind: 'event', event: { type: 'message', data: 'a', lastEventId: '1' } },
        { kind: 'event', event: { ...bad, data: null } },
        { kind: 'event', event: { type: 'message', data: 'c', lastEventId: '3' } },
      ]);
    });

    it.each([undefined, null])('drops the event if a function returns %p, with a lifecycle as well', async nothing => {
      const events = open(decode(decoder, { onInvalid: () => nothing }));
      sendThree(events.connection);
      expect((await events.stream.first(2)).map(({ data }) => data)).toEqual(['a', 'c']);

      const steps = openLifecycle(decode(decoder, { onInvalid: () => nothing }));
      sendThree(steps.connection);
      expect((await steps.stream.first(4)).map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event', 'event']);
      expect(steps.stream.values).toHaveLength(4);
    });

    it.each([new Error('a bug'), 'no Error', undefined])(
      'errors with exactly the value that a function throws: %p',
      async thrown => {
        const { stream, connection, server } = open(decode(decoder, { onInvalid: fail(thrown) }));
        sendThree(connection);
        expect(await stream.failed()).toBe(thrown);
        expect(stream.values.map(({ data }) => data)).toEqual(['a']);
        server.verify();
      },
    );

    it.each<[unknown, string]>([
      ['a string', 'a string'],
      [undefined, 'undefined'],
      [null, 'null'],
      [7, '7'],
      [Symbol('s'), 'Symbol(s)'],
      [{ code: 7 }, '[object Object]'],
      [{ message: 'no Error, but it says so' }, 'no Error, but it says so'],
      [{ message: 7 }, '[object Object]'],
      [new RangeError(), 'RangeError'],
      [Object.create(null), '[object Object]'],
      [
        {
          get message(): string {
            throw new Error('unsayable');
          },
        },
        '[object Object]',
      ],
      [{ toString: fail(new Error('unsayable')) }, '[object Object]'],
    ])(
      'accepts any thrown value as the cause, and describes it in the message as well as possible',
      async (thrown, said) => {
        const { stream, connection } = open(decode(decoderOf(thrown)));
        sendThree(connection);
        const error = (await stream.failed()) as DecodeError;
        expect(error).toBeInstanceOf(DecodeError);
        expect(error.cause).toBe(thrown);
        expect(error.message).toBe(`Invalid data in event "message": ${said}`);
      },
    );
  });

  it('calls `onInvalid` in the order of the events', async () => {
    const slow = manualDecoder();
    const asked: string[] = [];
    const { stream, connection } = open(
      decode(
        { slow: slow.decoder, bad: fail(new Error('bad')) },
        {
          onInvalid: (_, event) => {
            asked.push(event.data);
            return { ...event, data: `no ${event.data}` };
          },
        },
      ),
    );
    connection.send({ type: 'slow', data: 'a' }).send({ type: 'bad', data: 'b' }).send({ type: 'slow', data: 'c' });
    slow.reject('c', new Error('c'));
    await settled();
    slow.reject('a', new Error('a'));
    expect((await stream.first(3)).map(({ data }) => data)).toEqual(['no a', 'no b', 'no c']);
    expect(asked).toEqual(['a', 'b', 'c']);
  });
});
