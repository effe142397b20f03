import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { from, map, Subject, take } from 'rxjs';
import {
  ConnectionError,
  decode,
  type EventOrLifecycle,
  fromEventSource,
  json,
  type ServerSentEvent,
  type StandardSchema,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { fail } from './fail.js';
import { manualDecoder } from './manual-decoder.js';
import { open, openLifecycle } from './open.js';
import { settled } from './settled.js';

afterEach(settled);

describe('decode', () => {
  describe('with async decoders', () => {
    it('keeps the order of slow and quick events, and emits each as soon as all earlier ones are out', async () => {
      const slow = manualDecoder();
      const { stream, connection } = open(decode({ slow: slow.decoder, quick: text => text }));
      const data = () => stream.values.map(({ data }) => data);
      connection
        .send({ type: 'quick', data: 'a' })
        .send({ type: 'slow', data: 'b' })
        .send({ type: 'quick', data: 'c' });
      connection.send({ type: 'slow', data: 'd' }).send({ type: 'slow', data: 'e' }).send({ type: 'quick', data: 'f' });
      expect(data()).toEqual(['a']);
      slow.resolve('e', 'E');
      await settled();
      expect(data()).toEqual(['a']);
      slow.resolve('b', 'B');
      await settled();
      expect(data()).toEqual(['a', 'B', 'c']);
      slow.resolve('d', 'D');
      await settled();
      expect(data()).toEqual(['a', 'B', 'c', 'D', 'E', 'f']);
      // Nothing is pending now, so the next event is emitted synchronously.
      connection.send({ type: 'quick', data: 'g' });
      expect(data()).toEqual(['a', 'B', 'c', 'D', 'E', 'f', 'g']);
    });

    it('calls the decoder for each event at once, without waiting for the previous result', () => {
      const slow = manualDecoder();
      const { connection } = open(decode(slow.decoder));
      connection.raw('data: a\n\ndata: b\n\n').send('c');
      expect([...slow.asked.keys()]).toEqual(['a', 'b', 'c']);
    });

    it('keeps the order if the source emits inside `next`', async () => {
      const source = new Subject<ServerSentEvent>();
      const event = (data: string) => ({ type: 'message', data, lastEventId: '' });
      const seen: string[] = [];
      source.pipe(decode(text => (text === 'slow' ? Promise.resolve(text) : text))).subscribe(({ data }) => {
        seen.push(data);
        if (data === 'slow') source.next(event('within'));
      });
      source.next(event('slow'));
      source.next(event('behind'));
      await settled();
      expect(seen).toEqual(['slow', 'behind', 'within']);
    });

    it('completes only after all pending events are emitted', async () => {
      const slow = manualDecoder();
      const stream = observe(
        from(['a', 'b']).pipe(
          map(data => ({ type: 'message', data, lastEventId: '' })),
          decode(slow.decoder),
        ),
      );
      slow.resolve('b', 'B');
      await settled();
      expect(stream).toMatchObject({ status: 'live', values: [] });
      slow.resolve('a', 'A');
      expect((await stream.completed()).map(({ data }) => data)).toEqual(['A', 'B']);
    });

    it('errors with the source only after all pending events are emitted', async () => {
      const slow = manualDecoder();
      const server = fakeEventSource();
      const stream = observe(
        fromEventSource('/market', { fetch: server.fetch, reconnect: false }).pipe(decode(slow.decoder)),
      );
      server.expectConnection().open().send('a').break();
      await settled();
      expect(stream).toMatchObject({ status: 'live', values: [] });
      slow.resolve('a', 'A');
      expect(await stream.failed()).toBeInstanceOf(ConnectionError);
      expect(stream.values.map(({ data }) => data)).toEqual(['A']);
      server.verify();
    });

    it('errors with the first undecodable event in order, not with the first that fails in time', async () => {
      const slow = manualDecoder();
      const { stream, connection, server } = open(decode({ slow: slow.decoder, bad: fail(new Error('bad')) }));
      connection.send({ type: 'slow', data: 'a' }).send({ type: 'slow', data: 'b' }).send({ type: 'bad', data: 'c' });
      connection.send({ type: 'slow', data: 'd' });
      slow.reject('d', new Error('d'));
      await settled();
      expect(stream.status).toBe('live');
      slow.reject('b', new Error('b'));
      await settled();
      expect(stream.status).toBe('live');
      slow.resolve('a', 'A');
      expect(await stream.failed()).toMatchObject({ name: 'DecodeError', event: { data: 'b' } });
      expect(stream.values.map(({ data }) => data)).toEqual(['A']);
      server.verify();
    });

    it('emits nothing and doesn’t call `onInvalid` after unsubscribe, even if events are pending', async () => {
      const slow = manualDecoder();
      const onInvalid = jest.fn<() => undefined>();
      const { stream, connection, server } = open(decode({ slow: slow.decoder, quick: json() }, { onInvalid }));
      connection.send({ type: 'slow', data: 'a' }).send({ type: 'quick', data: 1 }).send({ type: 'slow', data: 'b' });
      connection.send({ type: 'quick', data: '{' });
      stream.subscription.unsubscribe();
      server.verify();
      slow.resolve('a', 'A');
      slow.reject('b', new Error('too late'));
      await settled();
      expect(stream).toMatchObject({ status: 'live', values: [] });
      expect(onInvalid).not.toHaveBeenCalled();
    });

    it('drops pending events after an error, and doesn’t call `onInvalid` for them', async () => {
      const slow = manualDecoder();
      const onInvalid = jest.fn(() => {
        throw new Error('enough');
      });
      const { stream, connection, server } = open(decode(slow.decoder, { onInvalid }));
      connection.send('a').send('b').send('c');
      slow.reject('a', new Error('a'));
      slow.reject('b', new Error('b'));
      slow.resolve('c', 'C');
      await stream.failed();
      await settled();
      expect(stream).toMatchObject({ status: 'failed', error: new Error('enough'), values: [] });
      expect(onInvalid).toHaveBeenCalledTimes(1);
      server.verify();
    });

    it('can be unsubscribed from inside `next` of a pending event', async () => {
      const { stream, connection, server } = open(events$ =>
        events$.pipe(
          decode(text => Promise.resolve(text)),
          take(2),
        ),
      );
      connection.send('a').send('b').send('c');
      expect((await stream.completed()).map(({ data }) => data)).toEqual(['a', 'b']);
      server.verify();
    });

    it('accepts anything with a `then`, like `await`', async () => {
      // A minimal thenable: its `then` returns nothing.
      const thenable = (run: (resolve: (data: string) => void, reject: (reason: unknown) => void) => void) =>
        ({
          then: (...settle: Parameters<typeof run>) => {
            run(...settle);
          },
        }) as PromiseLike<string>;
      const answers = new Map([
        ['plain', thenable(resolve => resolve('A'))],
        [
          'twice',
          thenable((resolve, reject) => {
            resolve('B');
            reject(new Error('too late'));
          }),
        ],
        ['nested', thenable(resolve => resolve(Promise.resolve('C') as never))],
      ]);
      const decoder = (text: string) => answers.get(text);
      for (const operated of [open(decode(decoder)), openLifecycle(decode(decoder))]) {
        const { stream, connection } = operated;
        for (const text of answers.keys()) connection.send(text);
        await settled();
        const events = (stream.values as EventOrLifecycle[]).flatMap(value =>
          !('kind' in value) ? [value.data] : value.kind === 'event' ? [value.event.data] : [],
        );
        expect(events).toEqual(['A', 'B', 'C']);
      }

      const validate = () => thenable(resolve => resolve({ value: 'D' } as never)) as PromiseLike<never>;
      const judged = open(decode({ '~standard': { version: 1, vendor: 'own', validate } } satisfies StandardSchema));
      judged.connection.send({ data: 1 });
      expect((await judged.stream.first(1)).map(({ data }) => data)).toEqual(['D']);

      const reason = new Error('no');
      for (const run of [(_: unknown, reject: (reason: unknown) => void) => reject(reason), fail(reason)]) {
        const { stream, connection } = open(decode(() => thenable(run)));
        connection.send('x');
        expect(await stream.failed()).toMatchObject({ name: 'DecodeError', cause: reason });
      }
    });
  });
});
