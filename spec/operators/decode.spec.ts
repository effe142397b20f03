import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Observable, Subject, take } from 'rxjs';
import {
  decode,
  type DecodeError,
  type Decoder,
  type EventSourceLifecycle,
  fromEventSourceLifecycle,
  json,
  type ServerSentEvent,
  type SnapshotLifecycle,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { describeChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe, ofKind } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { fail } from './fail.js';
import { manualDecoder } from './manual-decoder.js';
import { open, openLifecycle } from './open.js';
import { settled } from './settled.js';

afterEach(settled);

/** Calls the operator as JavaScript code can, without the compiler's checks. */
const call = (decoders: unknown, options?: unknown) => decode(decoders as Record<string, Decoder>, options as object);

describe('decode', () => {
  describe('with functions', () => {
    it('decodes by type, in order, and drops events without a decoder', () => {
      const { stream, connection } = open(decode({ price: Number, name: text => text.toUpperCase() }));
      connection.send({ type: 'price', data: '1.5', id: 1 }).send({ type: 'other', data: 'x', id: 2 });
      connection.send({ type: 'name', data: 'ann', id: 3 }).send('no type').send({ type: 'price', data: '2' });
      expect(stream.values).toEqual([
        { type: 'price', data: 1.5, lastEventId: '1' },
        { type: 'name', data: 'ANN', lastEventId: '3' },
        { type: 'price', data: 2, lastEventId: '3' },
      ]);
    });

    it('passes the text and the event to the decoder', () => {
      const decoder = jest.fn<Decoder<number>>(() => 1);
      const { connection } = open(decode({ price: decoder }));
      connection.send({ type: 'price', data: '1.5', id: 7 });
      expect(decoder.mock.calls).toEqual([['1.5', { type: 'price', data: '1.5', lastEventId: '7' }]]);
    });

    it('uses a single decoder for all types', () => {
      const { stream, connection } = open(decode((text, { type }) => `${type} ${text}`));
      connection.send({ type: 'price', data: '1' }).send('2');
      expect(stream.values.map(({ type, data }) => [type, data])).toEqual([
        ['price', 'price 1'],
        ['message', 'message 2'],
      ]);
    });

    it.each([undefined, null, false, 0, ''])('accepts %p as decoded data', data => {
      const sync = open(decode(() => data));
      sync.connection.send('x');
      expect(sync.stream.values).toEqual([{ type: 'message', data, lastEventId: '' }]);
    });

    it('decodes types named like properties of every object, and ignores inherited properties', () => {
      const decoders = { constructor: () => 1, ['__proto__']: () => 2, toString: () => 3 };
      const known = open(decode(decoders));
      const unknown = open(decode({ price: Number }));
      const passed = open(decode({ price: Number }, { others: 'pass' }));
      for (const type of ['constructor', '__proto__', 'toString', 'valueOf', 'get', 'has']) {
        for (const { connection } of [known, unknown, passed]) connection.send({ type, data: 'x' });
      }
      expect(known.stream.values.map(({ type, data }) => [type, data])).toEqual([
        ['constructor', 1],
        ['__proto__', 2],
        ['toString', 3],
      ]);
      expect(unknown.stream.values).toEqual([]);
      expect(passed.stream.values.map(({ data }) => data)).toEqual(['x', 'x', 'x', 'x', 'x', 'x']);
    });

    it('ignores later changes to the object of decoders', () => {
      const decoders: Record<string, Decoder<number>> = { price: () => 1 };
      const operator = decode(decoders);
      decoders['price'] = () => 2;
      const { stream, connection } = open(operator);
      connection.send({ type: 'price', data: 'x' });
      expect(stream.values.map(({ data }) => data)).toEqual([1]);
    });

    it('can be reused for several streams, which don’t wait for each other', async () => {
      const slow = manualDecoder();
      const operator = decode(text => (text === 'quick' ? text : slow.decoder(text)));
      const one = open(operator);
      const other = open(operator);
      one.connection.send('slow');
      other.connection.send('quick');
      expect(other.stream.values.map(({ data }) => data)).toEqual(['quick']);
      slow.resolve('slow', 'done');
      expect((await one.stream.first(1)).map(({ data }) => data)).toEqual(['done']);
    });
  });

  describe('with a lifecycle', () => {
    it('decodes the events, and lets all other steps through unchanged', () => {
      const server = fakeEventSource();
      const source = fromEventSourceLifecycle('/market', { fetch: server.fetch, reconnect: { onEnd: false } });
      const raw = observe(source);
      const decoded = observe(source.pipe(decode({ price: Number })));
      for (const connection of [server.expectConnection(), server.expectConnection()]) {
        connection.open().comment('beat').send({ retry: 500 }).send({ type: 'price', data: '1.5', id: 7 });
        connection.send({ type: 'other', data: 'x' }).end();
      }
      const expected = raw.values
        .filter(step => step.kind !== 'event' || step.event.type === 'price')
        .map(step => (step.kind === 'event' ? { kind: 'event', event: { ...step.event, data: 1.5 } } : step));
      expect(expected.map(({ kind }) => kind)).toEqual([
        'connecting',
        'open',
        'comment',
        'retry-time',
        'event',
        'closed',
      ]);
      expect(decoded.values).toEqual(expected);
      expect(decoded.status).toBe('completed');
      server.verify();
    });

    it('keeps events in order among the other steps, no matter how long decoding takes', async () => {
      const clock = new Clock();
      const slow = manualDecoder();
      const server = fakeEventSource();
      const stream = observe(
        fromEventSourceLifecycle('/market', { fetch: server.fetch, scheduler: clock }).pipe(
          decode({ slow: slow.decoder, quick: text => text }),
        ),
      );
      const connection = server.expectConnection().open();
      connection.send({ type: 'slow', data: 'a' }).comment('one').send({ type: 'quick', data: 'b' });
      connection.send({ type: 'slow', data: 'c' }).comment('two').break();
      await settled();
      const said = () =>
        stream.values.map(step =>
          step.kind === 'event' ? step.event.data : step.kind === 'comment' ? step.text : step.kind,
        );
      expect(said()).toEqual(['connecting', 'open']);

      slow.resolve('c', 'C');
      await settled();
      expect(said()).toEqual(['connecting', 'open']);

      slow.resolve('a', 'A');
      await stream.find(ofKind('waiting'));
      expect(said()).toEqual(['connecting', 'open', 'A', 'one', 'b', 'C', 'two', 'waiting']);
    });
  });

  it('formats the type in the error message as JSON', () => {
    const { stream, connection } = open(decode(json()));
    connection.raw('event: a "b" \\c\ndata: {\n\n');
    expect((stream.error as DecodeError).message).toMatch(/^Invalid data in event "a \\"b\\" \\\\c": /);
  });

  it('lets snapshots through unchanged and in order', async () => {
    const slow = manualDecoder();
    const source = new Subject<EventSourceLifecycle | SnapshotLifecycle<number[]>>();
    const stream = observe(source.pipe(decode(slow.decoder)));
    const snapshot = [1, 2];
    source.next({ kind: 'snapshot', snapshot });
    expect(stream.values.map(step => step.kind === 'snapshot' && step.snapshot)).toEqual([snapshot]);
    expect(stream.values[0]).toHaveProperty('snapshot', expect.any(Array));
    source.next({ kind: 'event', event: { type: 'message', data: 'a', lastEventId: '' } });
    source.next({ kind: 'snapshot', snapshot });
    expect(stream.values).toHaveLength(1);
    slow.resolve('a', 'A');
    await stream.first(3);
    expect(stream.values.map(({ kind }) => kind)).toEqual(['snapshot', 'event', 'snapshot']);
  });

  describe('others', () => {
    it("drops events without a decoder with 'drop', the default", () => {
      const { stream, connection } = open(decode({ price: Number }, { others: 'drop' }));
      connection.send({ type: 'other', data: 'x' }).send({ type: 'price', data: '1' });
      expect(stream.values.map(({ type }) => type)).toEqual(['price']);
    });

    it("lets events without a decoder through unchanged and in order with 'pass'", async () => {
      const slow = manualDecoder<number>();
      const { stream, connection } = open(decode({ price: slow.decoder }, { others: 'pass' }));
      connection.send({ type: 'other', data: '{', id: 1 }).send({ type: 'price', data: '1' }).send('plain');
      expect(stream.values).toEqual([{ type: 'other', data: '{', lastEventId: '1' }]);
      slow.resolve('1', 1);
      expect((await stream.first(3)).slice(1)).toEqual([
        { type: 'price', data: 1, lastEventId: '1' },
        { type: 'message', data: 'plain', lastEventId: '1' },
      ]);
    });

    it('lets events without a decoder through in a lifecycle as well', () => {
      const { stream, connection } = openLifecycle(decode({ price: Number }, { others: 'pass' }));
      connection.send({ type: 'other', data: 'x' });
      expect(stream.values.at(-1)).toEqual({
        kind: 'event',
        event: { type: 'other', data: 'x', lastEventId: '' },
      });
    });
  });

  describe('as an operator', () => {
    it('keeps the time of each event, and completes and errors with the source', () => {
      const event = (data: string) => ({ type: 'message', data, lastEventId: '' });
      const numbers = (data: number) => ({ ...event(''), data });
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const events = { a: event('1'), b: event('2'), x: event('x') };
        const out = { a: numbers(1), b: numbers(2) };
        const operator = decode(
          { message: text => (text === 'x' ? fail(new Error('x'))() : Number(text)) },
          { onInvalid: 'skip' },
        );
        expectObservable(cold('-a-(bxb)--|', events).pipe(operator)).toBe('-a-(bb)---|', out);
        expectObservable(cold('-a-x--#', events).pipe(operator)).toBe('-a----#', out);
        const source = cold('-a-b', events);
        expectObservable(source.pipe(operator), '--!').toBe('-a', out);
        expectSubscriptions(source.subscriptions).toBe('^-!');
      });
    });

    it('ends a synchronous source early, on an error and on unsubscribe', () => {
      for (const operator of [
        decode(text => (text === '3' ? fail(new Error('three'))() : text)),
        (events$: Observable<ServerSentEvent>) => events$.pipe(decode(json()), take(3)),
      ]) {
        let given = 0;
        const endless = new Observable<ServerSentEvent>(subscriber => {
          while (!subscriber.closed && given < 100)
            subscriber.next({ type: 'message', data: String(++given), lastEventId: '' });
        });
        const stream = observe<unknown>(endless.pipe(operator));
        expect(stream.status).not.toBe('live');
        expect(given).toBe(3);
      }
    });
  });

  describeChecked('wrong arguments', () => {
    const decoders = { chat: json() };

    it.each<[unknown, string]>([
      ['drop', '"drop" (string)'],
      [null, 'null (object)'],
      [true, 'true (boolean)'],
      [{}, '[object Object] (object)'],
    ])('throw at the call, for `onInvalid`: %p', (onInvalid, shown) => {
      const message = `Expected 'error', 'skip' or a function for the option \`onInvalid\`, but got ${shown}`;
      expect(() => call(decoders, { onInvalid })).toThrow(new TypeError(message));
    });

    it.each<[unknown, string]>([
      ['skip', '"skip" (string)'],
      [null, 'null (object)'],
      [true, 'true (boolean)'],
    ])('throw at the call, for `others`: %p', (others, shown) => {
      const message = `Expected 'drop' or 'pass' for the option \`others\`, but got ${shown}`;
      expect(() => call(decoders, { others })).toThrow(new TypeError(message));
    });

    it.each([undefined, null, 'chat', 7, true, Symbol('chat')])('throw at the call, for `decoders`: %p', decoders => {
      expect(() => call(decoders)).toThrow(TypeError);
      expect(() => call(decoders)).toThrow(
        /^Expected an object of decoders, or a decoder, for the option `decoders`, but got /,
      );
    });

    it.each([undefined, null, 'chat', 7, true, {}, { '~standard': {} }, { '~standard': { validate: 1 } }])(
      'throw at the call, for the decoder of a type: %p',
      chat => {
        for (const call of [() => decode({ chat } as never), () => decode({ price: Number, chat } as never)]) {
          expect(call).toThrow(TypeError);
          expect(call).toThrow(/^Expected a function or a Standard Schema for the option `decoders\.chat`, but got /);
        }
      },
    );

    it('throw at the call, for the decoder of a type named like a property of every object', () => {
      expect(() => call({ ['__proto__']: 1 })).toThrow(/option `decoders\.__proto__`, but got 1 \(number\)$/);
    });
  });
});
