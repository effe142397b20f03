import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import { from, map, Observable, retry, Subject, take } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  ConnectionError,
  decode,
  DecodeError,
  type Decoder,
  type DecodeIssue,
  type EventOrLifecycle,
  type EventSourceLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  json,
  reconnect,
  type ServerSentEvent,
  type SnapshotLifecycle,
  type StandardSchema,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { describeChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe, ofKind } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';
import { SseServer } from '../support/sse-server.js';
import { marbles } from '../support/virtual-marbles.js';

/** Opens a connection on a fake server, and observes its events through an operator. */
function open<T>(operator: (events$: Observable<ServerSentEvent>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSource('/market', { fetch: server.fetch }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}

/** Same as `open`, for a lifecycle. */
function openLifecycle<T>(operator: (steps$: Observable<EventSourceLifecycle>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSourceLifecycle('/market', { fetch: server.fetch }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}

/** Resolves after all microtasks have run, and Node has reported unhandled rejections. */
const settled = () => new Promise(resolve => setImmediate(resolve));

/** A decoder that returns Promises. The test settles each by the text of its event. */
function manual<Data = string>() {
  const asked = new Map<string, { resolve: (data: Data) => void; reject: (reason: unknown) => void }>();
  const decoder = (text: string) =>
    new Promise<Data>((resolve, reject) => {
      asked.set(text, { resolve, reject });
    });
  const answer = (text: string) => {
    const answer = asked.get(text);
    if (!answer) throw new Error(`Expected to be asked for ${text}`);
    return answer;
  };
  return {
    decoder,
    asked,
    resolve: (text: string, data: Data) => answer(text).resolve(data),
    reject: (text: string, reason: unknown) => answer(text).reject(reason),
  };
}

/** Calls the operator as JavaScript code can, without the compiler's checks. */
const call = (decoders: unknown, options?: unknown) => decode(decoders as Record<string, Decoder>, options as object);

const fail = (reason: unknown) => () => {
  throw reason;
};

// Jest fails a test with an unhandled rejection. Node reports it after the microtasks.
afterEach(settled);

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
      const slow = manual();
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

  describe('with schemas', () => {
    const zod = z.object({ name: z.string(), tags: z.array(z.string()), since: z.coerce.date() });
    const valibot = v.object({
      name: v.string(),
      tags: v.array(v.string()),
      since: v.pipe(
        v.string(),
        v.transform(text => new Date(text)),
      ),
    });
    const arktype = type({ name: 'string', tags: 'string[]', since: 'string.date.iso.parse' });
    const schemas: [string, StandardSchema][] = [
      ['zod', zod],
      ['valibot', valibot],
      ['arktype', arktype],
    ];
    const valid = { name: 'ann', tags: ['a'], since: '2026-01-02T03:04:05.000Z' };
    const keys = ({ path = [] }: DecodeIssue) => Array.from(path, key => (typeof key === 'object' ? key.key : key));

    it.each(schemas)('validates the parsed JSON of the data, and emits the output of %s', (_, schema) => {
      const { stream, connection } = open(decode({ user: schema }));
      connection.send({ type: 'user', data: valid, id: 7 }).send({ type: 'other', data: '{' });
      expect(stream.values).toEqual([
        { type: 'user', data: { ...valid, since: new Date(valid.since) }, lastEventId: '7' },
      ]);
    });

    it.each(schemas)('uses a single schema of %s for all types', (_, schema) => {
      const { stream, connection } = open(decode(schema));
      connection.send({ type: 'joined', data: valid }).send({ data: valid });
      expect(stream.values.map(({ type }) => type)).toEqual(['joined', 'message']);
      connection.send({ type: 'left', data: {} });
      expect(stream.error).toMatchObject({ name: 'DecodeError', event: { type: 'left' } });
    });

    it.each(schemas)('reports the issues that %s finds, with their paths', (_, schema) => {
      const { stream, connection, server } = open(decode({ user: schema }));
      const data = JSON.stringify({ name: 1, tags: ['a', 2], since: valid.since });
      connection.send({ type: 'user', data, id: 7 });
      const error = stream.error as DecodeError;
      expect(error).toBeInstanceOf(DecodeError);
      expect(error.event).toEqual({ type: 'user', data, lastEventId: '7' });
      expect(error.issues.map(keys)).toEqual([['name'], ['tags', 1]]);
      const [first, second] = error.issues.map(({ message }) => message);
      expect(error.message).toBe(`Invalid data in event "user": name: ${first}; tags.1: ${second}`);
      expect(error).not.toHaveProperty('cause');
      server.verify();
    });

    it.each(schemas)('reports an issue that %s finds with the whole value, without a path', (_, schema) => {
      const { stream, connection } = open(decode({ user: schema }));
      connection.send({ type: 'user', data: '7' });
      const error = stream.error as DecodeError;
      expect(error.issues.map(keys)).toEqual([[]]);
      expect(error.message).toBe(`Invalid data in event "user": ${error.issues[0]?.message}`);
    });

    it.each(schemas)(
      'doesn’t call %s if the data isn’t JSON, and errors with a SyntaxError as the cause',
      (_, schema) => {
        const { stream, connection } = open(decode({ user: schema }));
        connection.send({ type: 'user', data: '{' });
        const error = stream.error as DecodeError;
        expect(error.cause).toBeInstanceOf(SyntaxError);
        expect(error.issues).toEqual([]);
      },
    );

    it('supports coercion, transforms and defaults', () => {
      const { stream, connection } = open(
        decode({
          coerced: z.coerce.number(),
          defaulted: z.object({ room: z.string().default('lobby') }),
          piped: v.pipe(
            v.string(),
            v.transform(text => text.length),
          ),
          morphed: type('string.numeric.parse'),
        }),
      );
      connection.send({ type: 'coerced', data: '"42"' }).send({ type: 'defaulted', data: '{}' });
      connection.send({ type: 'piped', data: '"four"' }).send({ type: 'morphed', data: '"4.5"' });
      expect(stream.values.map(({ data }) => data)).toEqual([42, { room: 'lobby' }, 4, 4.5]);
    });

    it('waits for async schemas of zod and valibot', async () => {
      const known = (name: string) => Promise.resolve(name === 'ann');
      const { stream, connection, server } = open(
        decode({
          zod: z.object({ name: z.string().refine(known, 'nobody knows them') }),
          valibot: v.objectAsync({ name: v.pipeAsync(v.string(), v.checkAsync(known, 'nobody knows them')) }),
          quick: json(),
        }),
      );
      connection.send({ type: 'zod', data: { name: 'ann' } }).send({ type: 'quick', data: 1 });
      connection.send({ type: 'valibot', data: { name: 'ann' } }).send({ type: 'quick', data: 2 });
      expect((await stream.first(4)).map(({ type }) => type)).toEqual(['zod', 'quick', 'valibot', 'quick']);

      const strict = open(decode({ zod: z.object({ name: z.string().refine(known, 'nobody knows them') }) }));
      strict.connection.send({ type: 'zod', data: { name: 'bob' } });
      expect(await strict.stream.failed()).toMatchObject({
        name: 'DecodeError',
        message: 'Invalid data in event "zod": name: nobody knows them',
        issues: [{ path: ['name'], message: 'nobody knows them' }],
      });
      strict.server.verify();

      connection.send({ type: 'valibot', data: { name: 'bob' } });
      expect(await stream.failed()).toMatchObject({
        name: 'DecodeError',
        message: 'Invalid data in event "valibot": name: nobody knows them',
      });
      server.verify();
    });

    it('accepts any object or function with a `~standard` property, and calls `validate` as its method', () => {
      const standard = {
        version: 1,
        vendor: 'own',
        validate(this: unknown, value: unknown) {
          return this === standard ? { value: [value] } : { issues: [{ message: 'another `this`' }] };
        },
      } as const;
      const { stream, connection } = open(
        decode({
          object: { '~standard': standard },
          function: Object.assign(fail('called'), { '~standard': standard }),
        }),
      );
      connection.send({ type: 'object', data: 1 }).send({ type: 'function', data: 2 });
      expect(stream.values.map(({ data }) => data)).toEqual([[1], [2]]);
    });

    it('formats paths with symbols and with keys wrapped in objects', () => {
      const issues = [
        { message: 'is bad', path: [Symbol('s'), { key: 'list' }, 0] },
        { message: 'is worse', path: [] },
        { message: 'is worst' },
      ];
      const schema: StandardSchema = {
        '~standard': { version: 1, vendor: 'own', validate: () => ({ issues }) },
      };
      const { stream, connection } = open(decode(schema));
      connection.send({ data: 1 });
      const error = stream.error as DecodeError;
      expect(error.message).toBe('Invalid data in event "message": Symbol(s).list.0: is bad; is worse; is worst');
      expect(error.issues).toEqual(issues);
    });

    it('sets the cause to the error that a schema throws or rejects with', async () => {
      const reason = new Error('no database');
      const schema = (validate: StandardSchema['~standard']['validate']): StandardSchema => ({
        '~standard': { version: 1, vendor: 'own', validate },
      });
      for (const validate of [fail(reason), () => Promise.reject(reason)]) {
        const { stream, connection } = open(decode(schema(validate)));
        connection.send({ data: 1 });
        expect(await stream.failed()).toMatchObject({ name: 'DecodeError', cause: reason });
      }
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
      const slow = manual();
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
    const slow = manual();
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

  describe('with async decoders', () => {
    it('keeps the order of slow and quick events, and emits each as soon as all earlier ones are out', async () => {
      const slow = manual();
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
      const slow = manual();
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
      const slow = manual();
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
      const slow = manual();
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
      const slow = manual();
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
      const slow = manual();
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
      const slow = manual();
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

  describe('others', () => {
    it("drops events without a decoder with 'drop', the default", () => {
      const { stream, connection } = open(decode({ price: Number }, { others: 'drop' }));
      connection.send({ type: 'other', data: 'x' }).send({ type: 'price', data: '1' });
      expect(stream.values.map(({ type }) => type)).toEqual(['price']);
    });

    it("lets events without a decoder through unchanged and in order with 'pass'", async () => {
      const slow = manual<number>();
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
    const slow = manual();
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

  describe('with reconnection', () => {
    const BLOCKS = 'id: 1\ndata: 1\n\nid: 2\ndata: {\n\nid: 3\ndata: 3\n\n';
    let server: SseServer | undefined;
    afterEach(() => server?.close());

    /** Returns the number of requests that the server received, including those that were still in flight. */
    const requests = async ({ exchanges, url }: SseServer) => {
      const probe = await fetch(`${url}?probe`);
      await probe.body?.cancel();
      return exchanges.filter(({ request }) => !request.url?.endsWith('?probe')).length;
    };

    it.each<[string, Decoder]>([
      ['at once', json()],
      ['later', text => Promise.resolve(text).then(JSON.parse)],
    ])('errors for good at an undecodable event, and doesn’t request it again (decoded %s)', async (_, decoder) => {
      server = await SseServer.start(exchange => void exchange.open().send(BLOCKS));
      const clock = new Clock();
      const stream = observe(
        fromEventSource(server.url, { reconnect: { delay: 0 }, scheduler: clock }).pipe(decode({ message: decoder })),
      );
      expect(await stream.failed()).toMatchObject({ name: 'DecodeError', event: { data: '{', lastEventId: '2' } });
      expect(stream.values.map(({ data }) => data)).toEqual([1]);
      await server.idle();
      expect(clock.timers).toBe(0);
      expect(await requests(server)).toBe(1);
    });

    it('with RxJS `retry`, continues after the undecodable event', async () => {
      server = await SseServer.start(
        exchange => void exchange.open().send(exchange.index === 0 ? BLOCKS : 'id: 3\ndata: 3\n\n'),
      );
      const stream = observe(fromEventSource(server.url).pipe(decode(json()), retry(1)));
      expect(await stream.first(2)).toEqual([
        { type: 'message', data: 1, lastEventId: '1' },
        { type: 'message', data: 3, lastEventId: '3' },
      ]);
      expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '2']);
      stream.subscription.unsubscribe();
      await server.idle();
    });

    it('with RxJS `retry`, also skips an event that was still being decoded', async () => {
      server = await SseServer.start(
        exchange => void exchange.open().send(exchange.index === 0 ? BLOCKS : 'id: 4\ndata: 4\n\n'),
      );
      const later: Decoder<number> = text => Promise.resolve(text).then(JSON.parse) as Promise<number>;
      const stream = observe(fromEventSource(server.url).pipe(decode(later), retry(1)));
      expect((await stream.first(2)).map(({ data }) => data)).toEqual([1, 4]);
      // The third event was already delivered, and still being decoded when the second failed.
      expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '3']);
      stream.subscription.unsubscribe();
      await server.idle();
    });

    it('also errors for good at an undecodable event if `reconnect` follows it', async () => {
      server = await SseServer.start(exchange => void exchange.open().send(BLOCKS));
      const clock = new Clock();
      const stream = observe(
        fromEventSource(server.url, { reconnect: false }).pipe(decode(json()), reconnect({ delay: 0 }, clock)),
      );
      expect(await stream.failed()).toBeInstanceOf(DecodeError);
      await server.idle();
      expect(clock.timers).toBe(0);
      expect(await requests(server)).toBe(1);
    });

    it('leaves reconnecting to the source when the connection is lost, and continues decoding', async () => {
      server = await SseServer.start();
      const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }).pipe(decode(json())));
      (await server.exchange(0)).open().send('id: 1\ndata: 1\n\n');
      await stream.first(1);
      server.exchanges[0]?.cut();
      const again = await server.exchange(1);
      expect(again.lastEventId).toBe('1');
      again.open().send('id: 2\ndata: 2\n\n');
      expect((await stream.first(2)).map(({ data }) => data)).toEqual([1, 2]);
    });
  });

  describe('with random sync and async decoders', () => {
    const RUNS = 500;
    const seen = { events: 0, later: 0, failed: 0 };
    afterAll(() => {
      console.log(
        `SEED=${firstSeed}: ${RUNS} sequences with ${seen.events} events, ${seen.later} decoded later, ` +
          `${seen.failed} ended by an error`,
      );
    });

    /** A notification that the subscriber receives. */
    type Notification = readonly ['next', unknown] | readonly ['error', unknown] | readonly ['complete'];

    const steps = fc.array(
      fc.oneof(
        { weight: 1, arbitrary: fc.constant('comment' as const) },
        {
          weight: 4,
          arbitrary: fc.record({
            type: fc.constantFrom('a', 'constructor', '__proto__', 'toString', 'unlisted'),
            verdict: fc.oneof(
              { weight: 5, arbitrary: fc.constant('good' as const) },
              { weight: 1, arbitrary: fc.constant('bad' as const) },
            ),
            later: fc.boolean(),
          }),
        },
      ),
      { maxLength: 12, size: 'max' },
    );
    const cases = fc.record({
      steps,
      end: fc.constantFrom('complete', 'error', 'never'),
      onInvalid: fc.constantFrom(
        'error' as const,
        'skip' as const,
        'replace' as const,
        'drop' as const,
        'throw' as const,
      ),
      others: fc.constantFrom('drop' as const, 'pass' as const),
      taken: fc.option(fc.integer({ min: 1, max: 6 })),
    });
    type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

    const LISTED = ['a', 'constructor', '__proto__'];
    const lost = new Error('lost');
    const thrown = new Error('thrown');

    /** Returns the lifecycle of a case. The data of each event determines how it is decoded. */
    const lifecycle = ({ steps }: Case): EventSourceLifecycle[] =>
      steps.map((step, index) =>
        step === 'comment'
          ? { kind: 'comment', text: String(index) }
          : {
              kind: 'event',
              event: {
                type: step.type,
                data: `${index} ${step.verdict} ${step.later ? 'later' : 'at once'}`,
                lastEventId: String(index),
              },
            },
      );

    /** A synchronous model of `decode`: handles one step after the other. */
    function reference(example: Case): Notification[] {
      const { end, onInvalid, others, taken } = example;
      const told: Notification[] = [];
      const next = (value: unknown) => {
        told.push(['next', value]);
        if (told.length === taken) told.push(['complete']);
        return told.length > (taken ?? Infinity);
      };
      for (const step of lifecycle(example)) {
        if (step.kind !== 'event') {
          if (next(step)) return told;
          continue;
        }
        const { event } = step;
        const isListed = LISTED.includes(event.type);
        if (isListed && event.data.includes('bad')) {
          if (onInvalid === 'error') return [...told, ['error', event]];
          if (onInvalid === 'throw') return [...told, ['error', thrown]];
          if (onInvalid === 'replace' && next({ kind: 'event', event: { ...event, type: 'bad' } })) return told;
        } else if (isListed) {
          if (next({ kind: 'event', event: { ...event, data: parseInt(event.data) } })) return told;
        } else if (others === 'pass' && next(step)) return told;
      }
      if (end === 'error') told.push(['error', lost]);
      if (end === 'complete') told.push(['complete']);
      return told;
    }

    /** Returns the notifications of `decode` itself, with steps and results in any possible order. */
    async function actual(example: Case, scheduler: fc.Scheduler): Promise<Notification[]> {
      const { end, onInvalid, others, taken } = example;
      const decoder = (text: string) => {
        seen.events++;
        const data = () => (text.includes('bad') ? fail(new Error('bad'))() : parseInt(text));
        if (!text.includes('later')) return data();
        seen.later++;
        return scheduler.schedule(Promise.resolve(), text).then(data);
      };
      const replacements = {
        error: 'error',
        skip: 'skip',
        replace: (_: unknown, event: ServerSentEvent) => ({ ...event, type: 'bad' }),
        drop: () => undefined,
        throw: fail(thrown),
      } as const;
      const source = new Subject<EventSourceLifecycle>();
      const told: Notification[] = [];
      const decoded = source.pipe(
        decode(Object.fromEntries(LISTED.map(type => [type, decoder])), {
          onInvalid: replacements[onInvalid],
          others,
        }),
      );
      decoded.pipe(take(taken ?? Infinity)).subscribe({
        next: step => told.push(['next', step]),
        error: (error: unknown) => {
          seen.failed++;
          told.push(['error', error instanceof DecodeError ? error.event : error]);
        },
        complete: () => told.push(['complete']),
      });
      const arrivals = [
        ...lifecycle(example).map(step => () => source.next(step)),
        ...(end === 'error' ? [() => source.error(lost)] : []),
        ...(end === 'complete' ? [() => source.complete()] : []),
      ];
      scheduler.scheduleSequence(
        arrivals.map((arrive, index) => ({
          label: `arrival ${index}`,
          builder: () => {
            arrive();
            return Promise.resolve();
          },
        })),
      );
      await scheduler.waitIdle();
      await settled();
      return told;
    }

    it('emits the same as if all events were decoded synchronously', async () => {
      await fc.assert(
        fc.asyncProperty(cases, fc.scheduler(), async (example, scheduler) => {
          expect(await actual(example, scheduler)).toEqual(reference(example));
        }),
        { seed: firstSeed, numRuns: RUNS },
      );
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
