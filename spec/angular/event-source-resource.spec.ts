/**
 * @jest-environment jsdom
 */
import { initTestBed } from '../support/angular.js';
import {
  ApplicationRef,
  Component,
  computed,
  Injector,
  Input,
  input,
  PLATFORM_ID,
  type Resource,
  type Signal,
  signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import {
  type EventSourceResource,
  eventSourceResource,
  type EventSourceResourceRequest,
  provideSse,
  type SseOptions,
  withDefaults,
} from '../../src/angular/index.js';
import {
  type ConnectionState,
  DecodeError,
  type Flush,
  IDLE_CONNECTION,
  json,
  ResponseStatusError,
  type ServerSentEvent,
} from '../../src/index.js';
import { type FakeConnection, type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { itChecked } from '../support/checked.js';

beforeAll(initTestBed);

describe('eventSourceResource', () => {
  let server: FakeEventSource;
  let clock: Clock;
  beforeEach(() => {
    server = fakeEventSource();
    clock = new Clock();
    provide({});
  });
  afterEach(() => {
    TestBed.resetTestingModule();
    server.verify();
  });

  function provide(options: SseOptions, ...providers: unknown[]): void {
    TestBed.resetTestingModule().configureTestingModule({
      providers: [
        provideSse(
          withDefaults({
            fetch: server.fetch,
            scheduler: clock,
            reconnect: { delay: 1000, factor: 1, jitter: 0 },
            ...options,
          }),
        ),
        ...providers,
      ],
    });
  }

  const inContext = <T>(run: () => T): T => TestBed.runInInjectionContext(run);

  type Request = string | URL | EventSourceResourceRequest | undefined;
  type Options = Parameters<typeof eventSourceResource<string>>[1];
  /** Returns a resource that concatenates the data of the events. */
  const texts = (request: () => Request = () => '/a', options: Partial<Options> = {}) =>
    inContext(() =>
      eventSourceResource(request, { initial: '', reduce: (all, event) => all + event.data, ...options } as Options),
    );

  /** Returns the full state of a resource in one line. */
  const said = (resource: EventSourceResource<unknown>) => {
    const [status, connection] = [resource.status(), resource.connection()];
    const error = resource.error();
    expect(resource.isLoading()).toBe(status === 'loading' || status === 'reloading');
    expect(resource.snapshot()).toEqual(
      status === 'error' ? { status, error: resource.error() } : { status, value: resource.value() },
    );
    expect(error === undefined).toBe(status !== 'error');
    return [
      `${status}: ${JSON.stringify(resource.value())}`,
      `after ${JSON.stringify(resource.lastEventId())}`,
      connection.status,
      ...(error ? [error.name] : []),
    ].join(', ');
  };

  const connected = (url = '/a'): FakeConnection => {
    TestBed.tick();
    return server.expectConnection(url);
  };
  const breakIt = (connection: FakeConnection) => {
    connection.break();
    // A failure reaches the page one turn later.
    clock.advanceTo(clock.now());
  };
  const wait = () => clock.advanceTo(clock.now() + 1000);

  describe('the state of the stream', () => {
    it('is reported from the first attempt to the end', () => {
      const resource = texts();
      const states = [said(resource)];
      const note = () => states.push(said(resource));

      const first = connected();
      note();
      first.refuse(503);
      clock.advanceTo(clock.now());
      note();
      wait();
      note();
      const second = server.expectConnection().open();
      note();
      second.send({ id: 1, data: 'x' });
      note();
      breakIt(second);
      note();
      wait();
      note();
      const third = server.expectConnection({ lastEventId: '1' }).open();
      note();
      third.send({ id: 2, data: 'y' });
      note();
      third.end();
      note();
      wait();
      server.expectConnection({ lastEventId: '2' }).refuse(204);
      note();

      expect(states).toEqual([
        'loading: "", after "", idle',
        'loading: "", after "", connecting',
        'loading: "", after "", waiting',
        'loading: "", after "", connecting',
        'resolved: "", after "", open',
        'resolved: "x", after "1", open',
        'resolved: "x", after "1", waiting',
        'resolved: "x", after "1", connecting',
        'resolved: "x", after "1", open',
        'resolved: "xy", after "2", open',
        'resolved: "xy", after "2", waiting',
        'resolved: "xy", after "2", closed',
      ]);
    });

    it('is updated without waiting for an effect', () => {
      const resource = texts();
      const connection = connected().open();
      connection.send({ id: 1, data: 'x' });
      expect(resource.value()).toBe('x');
      expect(resource.lastEventId()).toBe('1');
    });

    it('is idle while there is no request', () => {
      const resource = texts(() => undefined);
      expect(said(resource)).toBe('idle: "", after "", idle');
      expect(resource.connection()).toBe(IDLE_CONNECTION);
      TestBed.tick();
      server.expectNoConnection();
      expect(resource.reload()).toBe(false);
      TestBed.tick();
      expect(said(resource)).toBe('idle: "", after "", idle');
    });

    it('contains the time of the next attempt, on the clock of its timers, and why the last one failed', () => {
      const resource = texts();
      clock.advanceTo(500);
      connected().refuse(503);
      clock.advanceTo(500);
      expect(resource.connection()).toMatchObject({
        status: 'waiting',
        attempt: 1,
        retryAt: 1500,
        error: { name: 'ResponseStatusError', status: 503 },
      });
    });

    it('is resolved when the response to a POST has ended', () => {
      const resource = texts(() => ({ url: '/a', method: 'POST', body: 'q' }));
      const connection = connected().open().send('x');
      expect(connection.body).toBe('q');
      connection.end();
      expect(said(resource)).toBe('resolved: "x", after "", closed');
    });

    it('is resolved if the response has no content', () => {
      const resource = texts();
      connected().refuse(204);
      expect(said(resource)).toBe('resolved: "", after "", closed');
    });
  });

  describe('fails for good', () => {
    it('if the response is final', () => {
      const resource = texts();
      connected().refuse(404);
      clock.runOut();
      expect(said(resource)).toBe('error: "", after "", failed, ResponseStatusError');
      expect(resource.error()).toBeInstanceOf(ResponseStatusError);
      expect(resource.connection().error).toMatchObject({ status: 404 });
    });

    it('if the retries are used up, but keeps the value', () => {
      const resource = texts(() => ({ url: '/a', reconnect: { count: 0 } }));
      breakIt(connected().open().send('x'));
      expect(said(resource)).toBe('error: "x", after "", failed, ConnectionError');
      expect(resource.hasValue()).toBe(true);
    });

    it('if an event can’t be decoded: earlier events count, later ones don’t', () => {
      const resource = inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          decode: { message: json<number>() },
          reduce: (sum, event) => sum + event.data,
        }),
      );
      const connection = connected().open();
      connection.raw('id: 1\ndata: 1\n\nid: 2\ndata: {\n\nid: 3\ndata: 3\n\n');
      expect(said(resource)).toBe('error: 1, after "1", failed, DecodeError');
      expect(resource.error()).toBeInstanceOf(DecodeError);
      expect(connection.state).toBe('closed');
    });

    it.each(['reduce', 'reduceMany'] as const)('if `%s` throws', name => {
      const fail = (all: string, event: { data: string }) => {
        if (event.data === 'bad') throw new RangeError('bad');
        return all + event.data;
      };
      const resource = texts(undefined, {
        reduce: undefined,
        ...(name === 'reduce' ? { reduce: fail } : { reduceMany: (all, events) => events.reduce(fail, all) }),
      });
      const connection = connected().open();
      connection.raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\n').raw('id: 3\ndata: z\n\nid: 4\ndata: bad\n\ndata: w\n\n');
      expect(said(resource)).toBe(
        // With `reduceMany`, nothing of the chunk counts.
        name === 'reduce'
          ? 'error: "xyz", after "3", failed, RangeError'
          : 'error: "xy", after "2", failed, RangeError',
      );
      expect(connection.state).toBe('closed');
      clock.runOut();
      server.expectNoConnection();
    });

    it('if `reset` throws', () => {
      const resource = texts(undefined, {
        reset: () => {
          throw new RangeError('no');
        },
      });
      breakIt(connected().open().send('x'));
      wait();
      const connection = server.expectConnection().open();
      expect(said(resource)).toBe('error: "x", after "", failed, RangeError');
      expect(connection.state).toBe('closed');
    });

    it('if the request function throws, until it no longer does', () => {
      const broken = signal(true);
      const resource = texts(() => {
        if (broken()) throw new RangeError('no room');
        return '/a';
      });
      expect(said(resource)).toBe('error: "", after "", idle, RangeError');
      TestBed.tick();
      expect(resource.reload()).toBe(false);
      broken.set(false);
      expect(said(resource)).toBe('loading: "", after "", idle');
      connected().open().send('x');
      expect(said(resource)).toBe('resolved: "x", after "", open');
      broken.set(true);
      expect(said(resource)).toBe('error: "", after "", idle, RangeError');
      TestBed.tick();
    });

    itChecked.each<[unknown, RegExp]>([
      [5, /a string or a URL/],
      [null, /a string or a URL/],
      [{}, /a string or a URL/],
      [{ url: '/a', idleTimeout: -1 }, /`idleTimeout`/],
      [{ url: '/a', zone: 'never' }, /`zone`/],
      [{ url: '/a', ssr: 'never' }, /`ssr`/],
      [{ url: '/a', deliver: 7 }, /`deliver`/],
    ])('if the request has a wrong type: %p', (request, message) => {
      const resource = texts(() => request as string);
      expect(said(resource)).toBe('error: "", after "", idle, TypeError');
      expect(resource.error()?.message).toMatch(message);
      TestBed.tick();
      server.expectNoConnection();
    });

    it.each<[unknown]>(['no', undefined, null, { name: 'x' }].map(thrown => [thrown]))(
      'with an Error whose `cause` is the thrown value, if that isn’t an Error: %p',
      thrown => {
        const resource = texts(undefined, {
          reduce: () => {
            throw thrown;
          },
        });
        connected().open().send('x');
        expect(said(resource)).toBe('error: "", after "", failed, Error');
        expect(resource.error()).toBeInstanceOf(Error);
        expect(resource.error()?.cause).toBe(thrown);
      },
    );

    it('with an Error-like object as it is, like Angular does', () => {
      const failure = { name: 'HttpErrorResponse', message: 'no' };
      const resource = texts(() => {
        throw failure as Error;
      });
      expect(resource.error()).toBe(failure);
      TestBed.tick();
    });
  });

  describe('the reduction of events', () => {
    it('writes the value once per chunk', () => {
      const seen: string[] = [];
      const resource = texts(undefined, {
        reduce: (all, event) => {
          seen.push(`${resource.value()}|${resource.lastEventId()}|${all}`);
          return all + event.data;
        },
      });
      const connection = connected().open();
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n').raw(': hi\n\ndata: c\n\ndata: d\n\n').send('e');
      expect(seen).toEqual(['||', '||a', 'ab|2|ab', 'ab|2|abc', 'abcd|2|abcd']);
      expect(resource.value()).toBe('abcde');
    });

    it('writes nothing for comments, `retry` and ids without an event', () => {
      let written = 0;
      const resource = texts(undefined, {
        equal: (a, b) => {
          written++;
          return a === b;
        },
      });
      const connection = connected().open();
      const writes = (act: () => unknown) => {
        resource.value();
        written = 0;
        act();
        resource.value();
        return written;
      };
      expect(writes(() => connection.raw('data: a\n\ndata: b\n\n'))).toBe(1);
      expect(writes(() => connection.comment('hi').raw(':\n\n:\n\n'))).toBe(0);
      expect(writes(() => connection.raw('retry: 5\n\nid: 7\n\n'))).toBe(0);
    });

    it('passes all events of a chunk to `reduceMany` at once', () => {
      const chunks: string[][] = [];
      const resource = inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          reduceMany: (sum, events) => {
            chunks.push(events.map(event => event.data));
            return sum + events.length;
          },
        }),
      );
      const connection = connected().open();
      connection
        .raw('data: a\n\n: hi\n\ndata: b\n\nretry: 7\n\nid: 7\ndata: c\n\n')
        .comment('hi')
        .raw(': hi\n\n')
        .send('d');
      expect(chunks).toEqual([['a', 'b', 'c'], ['d']]);
      expect(said(resource)).toBe('resolved: 4, after "7", open');
    });

    it.each([true, false])(
      'receives decoded events of the listed types only (asynchronous decoders: %p)',
      async later => {
        const seen: unknown[] = [];
        const resource = inContext(() =>
          eventSourceResource(() => '/a', {
            initial: 0,
            decode: { price: text => (later ? Promise.resolve(Number(text)) : Number(text)), halt: json<boolean>() },
            reduceMany: (count, events) => {
              seen.push(...events);
              return count + events.length;
            },
          }),
        );
        const connection = connected().open();
        connection.raw('id: 1\nevent: price\ndata: 1\n\nid: 2\ndata: other\n\nid: 3\nevent: halt\ndata: true\n\n');
        await Promise.all(Array.from({ length: 10 }, () => Promise.resolve().then(() => undefined)));
        await new Promise(resolve => setTimeout(resolve));
        expect(said(resource)).toBe('resolved: 2, after "3", open');
        expect(seen).toEqual([
          { type: 'price', data: 1, lastEventId: '1' },
          { type: 'halt', data: true, lastEventId: '3' },
        ]);
      },
    );

    it('skips invalid events if `onInvalid` says so', () => {
      const resource = inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          decode: json<number>(),
          onInvalid: 'skip',
          reduce: (sum, event) => sum + event.data,
        }),
      );
      connected().open().raw('data: 1\n\ndata: {\n\ndata: 3\n\n');
      expect(said(resource)).toBe('resolved: 4, after "", open');
    });

    it('follows `deliver`, whether of the request or of `provideSse`', () => {
      const calls: boolean[] = [];
      const inTwo: SseOptions['deliver'] = (flush, heartbeat) => {
        calls.push(heartbeat);
        flush(2);
        flush();
      };
      provide({ deliver: inTwo });
      const seen: string[] = [];
      const options: Partial<Options> = {
        reduce: undefined,
        reduceMany: (all, events) => {
          seen.push(events.map(event => event.data).join(''));
          return `${all}${events.length}`;
        },
      };
      const resource = texts(undefined, options);
      connected().open().raw('data: a\n\ndata: b\n\ndata: c\n\n').comment();
      expect(seen).toEqual(['ab', 'c']);
      expect(said(resource)).toBe('resolved: "21", after "", open');
      // The calls are for: connecting, open, the chunk, the heartbeat.
      expect(calls).toEqual([false, false, false, true]);

      const other = texts(() => ({ url: '/b', deliver: flush => flush() }), options);
      connected('/b').open().raw('data: a\n\ndata: b\n\ndata: c\n\n');
      expect(seen).toEqual(['ab', 'c', 'abc']);
      expect(other.value()).toBe('3');
      expect(calls).toHaveLength(4);
    });

    describe('when the events are delivered late', () => {
      /** A `deliver` that holds events back between `hold` and `release`. */
      const holding = () => {
        let flush: Flush = () => 0;
        let held = false;
        return {
          deliver: (handOut: Flush) => {
            flush = handOut;
            if (!held) flush();
          },
          hold: () => (held = true),
          release: () => {
            held = false;
            flush();
          },
        };
      };
      const together = (all: string, events: readonly ServerSentEvent[]) =>
        `${all}[${events.map(event => event.data).join('')}]`;

      it.each<[string, Partial<Options>, string]>([
        ['reduce', {}, '(xy)z'],
        ['reduceMany', { reduce: undefined, reduceMany: together }, '([x][y])[z]'],
      ])('keeps their order with the steps between them: %s', (_name, options, expected) => {
        const { deliver, hold, release } = holding();
        const resource = texts(() => ({ url: '/a', deliver }), { reset: value => `(${value})`, ...options });
        const first = connected().open().send('x');
        hold();
        first.send('y').end();
        wait();
        server.expectConnection().open().send('z');
        release();
        expect(said(resource)).toBe(`resolved: "${expected}", after "", open`);
      });

      it('fails in the same way if `reduceMany` throws', () => {
        const { deliver, hold, release } = holding();
        const reduceMany = () => {
          throw new RangeError('bad');
        };
        const resource = texts(() => ({ url: '/a', deliver }), { reduce: undefined, reduceMany });
        const connection = connected().open();
        hold();
        connection.send({ id: 1, data: 'x' });
        release();
        expect(said(resource)).toBe('error: "", after "", failed, RangeError');
        expect(connection.state).toBe('closed');
      });

      it('includes all of them if the end follows', () => {
        const { deliver, hold } = holding();
        const resource = texts(() => ({ url: '/a', deliver, reconnect: false }));
        const connection = connected().open().send('x');
        hold();
        connection.send({ id: 1, data: 'y' }).end();
        expect(said(resource)).toBe('resolved: "xy", after "1", closed');
      });
    });

    it('keeps the current value if `equal` considers the new one the same', () => {
      const resource = inContext(() =>
        eventSourceResource(() => '/a', {
          initial: { of: 0 },
          reduce: (_, event) => ({ of: Number(event.data) }),
          equal: (a, b) => a.of === b.of,
        }),
      );
      const connection = connected().open().send('1');
      const value = resource.value();
      connection.send({ id: 5, data: '1' });
      expect(resource.value()).toBe(value);
      expect(resource.lastEventId()).toBe('5');
      connection.send('2');
      expect(resource.value()).toEqual({ of: 2 });
    });
  });

  describe('a change of the request', () => {
    it('closes the stream if there is no request anymore', () => {
      const open = signal(true);
      const resource = texts(() => (open() ? '/a' : undefined));
      const connection = connected().open().send({ id: 1, data: 'x' });
      open.set(false);
      expect(said(resource)).toBe('idle: "", after "", idle');
      TestBed.tick();
      expect(connection.state).toBe('closed');
      open.set(true);
      expect(said(resource)).toBe('loading: "", after "", idle');
      // This is another request, although to the same URL: it starts without a position.
      expect(connected().lastEventId).toBe('');
    });

    it('starts over at once, before the new connection is made, and ignores further events of the old one', () => {
      const room = signal('/a');
      const reduced: string[] = [];
      const resource = texts(room, {
        reduce: (all, event) => {
          reduced.push(event.data);
          return all + event.data;
        },
      });
      const former = connected().open().send({ id: 1, data: 'x' });
      room.set('/b');
      expect(said(resource)).toBe('loading: "", after "", idle');
      former.send({ id: 2, data: 'y' });
      former.end();
      expect(said(resource)).toBe('loading: "", after "", idle');
      const connection = connected('/b');
      expect(connection.lastEventId).toBe('');
      expect(said(resource)).toBe('loading: "", after "", connecting');
      connection.open().send({ id: 7, data: 'z' });
      expect(said(resource)).toBe('resolved: "z", after "7", open');
      expect(reduced).toEqual(['x', 'z']);
    });

    it('ignores an error of the old connection', () => {
      const room = signal('/a');
      const resource = texts(room);
      const former = connected();
      room.set('/b');
      former.refuse(404);
      clock.advanceTo(clock.now());
      expect(said(resource)).toBe('loading: "", after "", idle');
      connected('/b').open();
      expect(said(resource)).toBe('resolved: "", after "", open');
    });

    it('starts over even if nobody has read the resource in between', () => {
      const room = signal('/a');
      const resource = texts(room);
      const former = connected().open().send({ id: 1, data: 'x' });
      room.set('/b');
      former.send({ id: 2, data: 'y' });
      expect(resource.value()).toBe('');
      room.set('/c');
      expect(resource.reload()).toBe(true);
      expect(said(resource)).toBe('reloading: "", after "", idle');
      expect(connected('/c').lastEventId).toBe('');
    });

    it('takes effect in the middle of a chunk, too', () => {
      const room = signal('/a');
      const resource = texts(room, {
        reduce: (all, event) => {
          if (event.data === 'y') room.set('/b');
          return all + event.data;
        },
      });
      connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\nid: 3\ndata: z\n\n');
      expect(said(resource)).toBe('loading: "", after "", idle');
      connected('/b').open().send('w');
      expect(said(resource)).toBe('resolved: "w", after "", open');
    });

    it('aborts the old connection before it makes the new one', () => {
      const room = signal('/a');
      const states: string[] = [];
      texts(() => ({
        url: room(),
        fetch: (url: string, init: object) => {
          states.push(server.connections.map(({ state }) => state).join());
          return server.fetch(url, init);
        },
      }));
      connected().open();
      room.set('/b');
      connected('/b');
      expect(states).toEqual(['', 'closed']);
    });

    it('doesn’t happen if the text of the URL is the same', () => {
      const tick = signal(0);
      const resource = texts(() => {
        const url = 'http://localhost/a';
        return tick() % 2 ? new URL(url) : url;
      });
      connected('http://localhost/a').open().send('x');
      for (const n of [1, 2, 3]) {
        tick.set(n);
        expect(resource.value()).toBe('x');
        TestBed.tick();
      }
      expect(server.connections).toHaveLength(1);
    });

    it('happens for another object, but not for the same object', () => {
      const request = signal({ url: '/a' });
      const tick = signal(0);
      const resource = texts(() => (tick(), request()));
      connected().open().send('x');
      tick.set(1);
      TestBed.tick();
      expect(resource.value()).toBe('x');
      request.set({ url: '/a' });
      expect(resource.value()).toBe('');
      connected();
      expect(server.connections).toHaveLength(2);
    });

    it('doesn’t happen through signals that the options read', () => {
      const token = signal('1');
      const resource = texts(() => ({ url: '/a', headers: () => ({ authorization: token() }) }), {
        reduce: (all, event) => all + event.data + token(),
      });
      const connection = connected().open().send('x');
      token.set('2');
      TestBed.tick();
      connection.send('y');
      expect(resource.value()).toBe('x1y2');
      expect(server.connections).toHaveLength(1);
    });
  });

  describe('reload()', () => {
    it('connects again from the last event, and keeps the value', () => {
      const resource = texts();
      const first = connected().open().send({ id: 1, data: 'x' });
      expect(resource.reload()).toBe(true);
      // The old connection is closed, so no event arrives that would be lost.
      expect(first.state).toBe('closed');
      expect(said(resource)).toBe('reloading: "x", after "1", idle');
      const second = connected();
      expect(second.lastEventId).toBe('1');
      expect(said(resource)).toBe('reloading: "x", after "1", connecting');
      second.refuse(503);
      clock.advanceTo(clock.now());
      expect(said(resource)).toBe('reloading: "x", after "1", waiting');
      wait();
      server.expectConnection().open().send({ id: 2, data: 'y' });
      expect(said(resource)).toBe('resolved: "xy", after "2", open');
    });

    it('connects at once while waiting for the next attempt', () => {
      const resource = texts();
      connected().refuse(503);
      clock.advanceTo(clock.now());
      expect(resource.reload()).toBe(true);
      expect(said(resource)).toBe('reloading: "", after "", idle');
      connected().open();
      expect(said(resource)).toBe('resolved: "", after "", open');
      clock.runOut();
      server.expectNoConnection();
    });

    it('works before the first effect has run, and more than once', () => {
      const resource = texts();
      expect([resource.reload(), resource.reload()]).toEqual([true, true]);
      connected().open();
      server.expectNoConnection();
      expect(said(resource)).toBe('resolved: "", after "", open');
    });

    it('works after an error and after the end', () => {
      const resource = texts();
      const first = connected().open().send({ id: 1, data: 'x' });
      first.end();
      wait();
      server.expectConnection().refuse(404);
      clock.advanceTo(clock.now());
      expect(said(resource)).toBe('error: "x", after "1", failed, ResponseStatusError');
      expect(resource.reload()).toBe(true);
      expect(said(resource)).toBe('reloading: "x", after "1", idle');
      const second = connected();
      expect(second.lastEventId).toBe('1');
      second.refuse(204);
      expect(said(resource)).toBe('resolved: "x", after "1", closed');
      expect(resource.reload()).toBe(true);
      connected().open().send({ id: 2, data: 'y' });
      expect(said(resource)).toBe('resolved: "xy", after "2", open');
    });

    it('changes nothing if signals must not be written', () => {
      const resource = texts();
      const connection = connected().open().send('x');
      const before = said(resource);
      expect(computed(() => resource.reload())).toThrow('NG0600');
      expect(connection.state).toBe('open');
      expect(said(resource)).toBe(before);
    });

    it('loses no event when called in the middle of a chunk', () => {
      const resource = texts(undefined, {
        reduce: (all, event) => {
          if (event.data === 'y' && all === 'x') resource.reload();
          return all + event.data;
        },
      });
      connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\nid: 3\ndata: z\n\n');
      expect(said(resource)).toBe('reloading: "xy", after "2", idle');
      expect(connected().lastEventId).toBe('2');
    });

    it('resumes after the event that `reduce` threw at', () => {
      const resource = texts(undefined, {
        reduce: (all, event) => {
          if (event.data === 'bad') throw new Error('bad');
          return all + event.data;
        },
      });
      connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: bad\n\nid: 3\ndata: z\n\n');
      expect(said(resource)).toBe('error: "x", after "1", failed, Error');
      resource.reload();
      const again = connected();
      expect(again.lastEventId).toBe('2');
      again.open().send({ id: 3, data: 'z' });
      expect(said(resource)).toBe('resolved: "xz", after "3", open');
    });
  });

  describe('a connection that can’t resume', () => {
    const again = (connection: FakeConnection): FakeConnection => {
      connection.end();
      wait();
      return server.expectConnection().open();
    };

    it('keeps the value', () => {
      const resource = texts();
      again(connected().open().send('x')).send('y');
      expect(resource.value()).toBe('xy');
    });

    it('starts from `initial` after reload(), and keeps the value again from then on', () => {
      const resource = texts(undefined, { initial: '-' });
      const first = connected().open().send('x');
      expect(resource.value()).toBe('-x');
      resource.reload();
      expect(first.state).toBe('closed');
      const second = connected();
      expect(resource.value()).toBe('-x');
      second.open();
      expect(resource.value()).toBe('-');
      again(second.send('y')).send('z');
      expect(resource.value()).toBe('-yz');
    });

    it('clears the last event ID after reload()', () => {
      const resource = texts();
      const first = connected().open().send({ id: 1, data: 'x' });
      // Clears the position without an event.
      first.raw('id:\n\n');
      expect(resource.lastEventId()).toBe('1');
      resource.reload();
      connected().open();
      expect(said(resource)).toBe('resolved: "", after "", open');
    });

    it('starts from the result of `reset`, which isn’t called for the first connection of a request', () => {
      const asked: string[] = [];
      const room = signal('/a');
      const resource = texts(room, {
        reset: value => {
          asked.push(value);
          return `(${value})`;
        },
      });
      const second = again(connected().open().send('x')).send('y');
      expect(resource.value()).toBe('(x)y');
      // A connection that never opened didn't resume.
      second.end();
      wait();
      server.expectConnection().refuse(503);
      clock.advanceTo(clock.now());
      expect(asked).toEqual(['x']);
      resource.reload();
      connected().open();
      expect(resource.value()).toBe('((x)y)');
      room.set('/b');
      connected('/b').open().send('z');
      expect(resource.value()).toBe('z');
      expect(asked).toEqual(['x', '(x)y']);
    });

    it('is the only reason for `reset`: with an id, it isn’t called', () => {
      const asked: string[] = [];
      const resource = texts(undefined, { reset: value => (asked.push(value), '') });
      again(connected().open().send({ id: 1, data: 'x' })).send('y');
      resource.reload();
      connected().open();
      expect(resource.value()).toBe('xy');
      expect(asked).toEqual([]);
    });

    it('allows another reload() in `reset`', () => {
      const asked: string[] = [];
      const resource = texts(undefined, {
        reset: value => {
          if (asked.push(value) === 1) resource.reload();
          return 'reset';
        },
      });
      const second = again(connected().open().send('x'));
      expect(second.state).toBe('closed');
      expect(said(resource)).toBe('reloading: "x", after "", idle');
      connected().open();
      expect(said(resource)).toBe('resolved: "reset", after "", open');
      expect(asked).toEqual(['x', 'x']);
    });

    it('starts nothing over if no connection was open before', () => {
      const resource = texts(undefined, { reset: () => 'reset' });
      connected().refuse(503);
      clock.advanceTo(clock.now());
      resource.reload();
      connected().open();
      expect(resource.value()).toBe('');
    });
  });

  describe('the end of its injector', () => {
    const childInjector = () => Injector.create({ providers: [], parent: TestBed.inject(Injector) });

    it('closes the connection, and writes nothing after that', () => {
      const injector = childInjector();
      const resource = texts(undefined, { injector });
      const connection = connected().open().send('x');
      const before = said(resource);
      injector.destroy();
      expect(connection.state).toBe('closed');
      expect(resource.reload()).toBe(false);
      TestBed.tick();
      server.expectNoConnection();
      expect(said(resource)).toBe(before);
    });

    it('freezes the state, even if the request changes', () => {
      const injector = childInjector();
      const room = signal('/a');
      const resource = texts(room, { injector });
      connected().open().send({ id: 1, data: 'x' });
      injector.destroy();
      room.set('/b');
      expect(said(resource)).toBe('resolved: "x", after "1", open');
    });

    it.each(['reduce', 'reduceMany'])('takes effect within `%s`, too', name => {
      const injector = childInjector();
      const take = (all: string) => {
        injector.destroy();
        return `${all}!`;
      };
      const resource = texts(undefined, { injector, reduce: undefined, [name]: take });
      const connection = connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\n');
      expect(connection.state).toBe('closed');
      expect(said(resource)).toBe('resolved: "", after "", open');
    });

    it('takes effect within `reset`, too', () => {
      const injector = childInjector();
      const reset = () => {
        injector.destroy();
        return 'reset';
      };
      const resource = texts(undefined, { injector, reset });
      connected().open().send('x').end();
      wait();
      expect(server.expectConnection().open().state).toBe('closed');
      expect(said(resource)).toBe('resolved: "x", after "", open');
    });

    it('prevents a connection that isn’t made yet', () => {
      const injector = childInjector();
      texts(undefined, { injector });
      injector.destroy();
      TestBed.tick();
      expect(server.connections).toEqual([]);
    });
  });

  describe('in a component', () => {
    @Component({
      selector: 'app-room',
      template: `
        @if (messages.hasValue()) {
          <b>{{ messages.value() }}: </b>
        }
        <i>{{ messages.status() }}</i>
      `,
    })
    class Room {
      readonly url = input.required<string>();
      readonly messages = eventSourceResource(() => this.url(), {
        initial: undefined as string | undefined,
        reduce: (all, event) => (all ?? '') + event.data,
      });
    }

    // The Angular CLI adds this decorator for an `input` when it compiles at runtime.
    const decorate = Input({ isSignal: true, alias: 'url', required: true } as Input) as PropertyDecorator;
    decorate(Room.prototype, 'url');

    it('follows an input, and closes with the component', () => {
      const fixture = TestBed.createComponent(Room);
      const show = (url: string) => {
        fixture.componentRef.setInput('url', url);
        fixture.detectChanges();
      };
      const shown = () => {
        fixture.detectChanges();
        return (fixture.nativeElement as Element).textContent.replace(/\s+/g, ' ').trim();
      };
      // A required input can't be read before it is set.
      expect(fixture.componentInstance.messages.status()).toBe('error');
      show('/a');
      const first = server.expectConnection('/a');
      expect(shown()).toBe('loading');
      first.open();
      expect(shown()).toBe('resolved');
      first.send('x');
      expect(shown()).toBe('x: resolved');
      show('/b');
      expect(first.state).toBe('closed');
      const second = server.expectConnection('/b');
      expect(shown()).toBe('loading');
      second.open().send('y');
      expect(shown()).toBe('y: resolved');
      fixture.destroy();
      expect(second.state).toBe('closed');
    });
  });

  describe('in a server-rendered page', () => {
    beforeEach(() => provide({}, { provide: PLATFORM_ID, useValue: 'server' }));

    it('doesn’t connect, and keeps its initial state', () => {
      const resource = texts();
      TestBed.tick();
      server.expectNoConnection();
      expect(said(resource)).toBe('loading: "", after "", idle');
    });

    it("connects if the request has `ssr: 'connect'`", () => {
      const resource = texts(() => ({ url: '/a', ssr: 'connect' }));
      connected().open().send('x');
      expect(resource.value()).toBe('x');
    });
  });

  describe('a call', () => {
    const reduce = (all: string, event: ServerSentEvent) => all + event.data;

    it('needs an injection context or an injector', () => {
      const call = (injector?: Injector) => eventSourceResource(() => '/a', { initial: '', reduce, injector });
      expect(() => call()).toThrow('NG0203');
      call(TestBed.inject(Injector));
      connected();
    });

    itChecked('throws an error with its name if there is neither', () => {
      expect(() => eventSourceResource(() => '/a', { initial: '', reduce })).toThrow('eventSourceResource()');
    });

    itChecked.each<[string, unknown, object | undefined]>([
      ['request', '/a', { initial: '', reduce }],
      ['options', () => '/a', undefined],
      ['initial', () => '/a', { reduce }],
      ['reduce', () => '/a', { initial: '', reduce: 5 }],
      ['reduce', () => '/a', { initial: '', reduce: null }],
      ['reduceMany', () => '/a', { initial: '', reduceMany: {} }],
      ['reduce', () => '/a', { initial: '' }],
      ['reduceMany', () => '/a', { initial: '' }],
      ['reduce', () => '/a', { initial: '', reduce, reduceMany: reduce }],
      ['reset', () => '/a', { initial: '', reduce, reset: '' }],
      ['equal', () => '/a', { initial: '', reduce, equal: true }],
      ['decode', () => '/a', { initial: '', reduce, onInvalid: 'skip' }],
      ['decoders', () => '/a', { initial: '', reduce, decode: 'json' }],
      ['decoders.chat', () => '/a', { initial: '', reduce, decode: { chat: 'json' } }],
      ['onInvalid', () => '/a', { initial: '', reduce, decode: json(), onInvalid: 'drop' }],
      ['injector', () => '/a', { initial: '', reduce, injector: {} }],
      ['debugName', () => '/a', { initial: '', reduce, debugName: 5 }],
    ])('throws a TypeError for an invalid `%s`', (name, request, options) => {
      const call = () => inContext(() => eventSourceResource(request as never, options as never));
      expect(call).toThrow(TypeError);
      expect(call).toThrow(`\`${name}\``);
    });

    itChecked('passes `debugName` on to the developer tools', () => {
      const resource = texts(undefined, { debugName: 'chat' });
      expect(resource.value.toString()).toContain('chat.value');
      connected();
    });
  });

  it('doesn’t block the stability of the application or its start', async () => {
    const resource = texts();
    await TestBed.inject(ApplicationRef).whenStable();
    server.expectConnection();
    expect(resource.status()).toBe('loading');
  });

  describe('the types', () => {
    interface Message {
      readonly text: string;
    }
    const ours = () => '/a';

    it('take the type of the value from `initial` alone', () => {
      const numbers = () => eventSourceResource(ours, { initial: 0, reduce: (sum, event) => sum + event.data.length });
      expectTypeOf(numbers).returns.toEqualTypeOf<EventSourceResource<number, ServerSentEvent>>();
      const messages = () =>
        eventSourceResource(ours, { initial: [] as readonly Message[], reduce: all => [...all, { text: '' }] });
      expectTypeOf(messages).returns.toEqualTypeOf<EventSourceResource<readonly Message[], ServerSentEvent>>();
      // @ts-expect-error -- a value of another type
      expect(() => eventSourceResource(ours, { initial: 0, reduce: () => 'x' })).toThrow();
      // @ts-expect-error -- a value of another type
      expect(() => eventSourceResource(ours, { initial: 0, reduce: sum => sum, reset: () => 'x' })).toThrow();
      // @ts-expect-error -- no value at all
      expect(() => eventSourceResource(ours, { reduce: () => 'x' })).toThrow();
      // @ts-expect-error -- a request of another type
      expect(() => eventSourceResource(() => 5, { initial: 0, reduce: sum => sum })).toThrow();
      // @ts-expect-error -- an option of the stream that does not exist
      expect(() => eventSourceResource(() => ({ url: '/a', zone: 'in' }), { initial: 0, reduce: n => n })).toThrow();
    });

    it('take the types of the events from the decoders', () => {
      expect(() => {
        eventSourceResource(ours, {
          initial: '',
          reduce: (all, event) => {
            expectTypeOf(event).toEqualTypeOf<ServerSentEvent>();
            return all;
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: { message: json<Message>(), count: Number },
          reduce: (all, event) => {
            expectTypeOf(event).toEqualTypeOf<ServerSentEvent<Message, 'message'> | ServerSentEvent<number, 'count'>>();
            return event.type === 'message' ? all + event.data.text : all + event.data.toFixed();
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: json<Message>(),
          onInvalid: error => console.log(error),
          reduceMany: (all, events) => {
            expectTypeOf(events).toEqualTypeOf<readonly ServerSentEvent<Message>[]>();
            return all;
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: { message: json<Message>() },
          onInvalid: (_, event) => ({ ...event, type: 'bad' as const, data: 0 }),
          reduce: (all, event) => {
            expectTypeOf(event.type).toEqualTypeOf<'message' | 'bad'>();
            return all;
          },
        });
      }).toThrow();
    });

    it('are those of a resource, whose `hasValue` narrows the value', () => {
      const resource = texts(() => undefined) as unknown as EventSourceResource<Message | undefined>;
      expectTypeOf(resource).toExtend<Resource<Message | undefined>>();
      if (resource.hasValue()) expectTypeOf(resource.value()).toEqualTypeOf<Message>();
      expectTypeOf(resource.connection).toEqualTypeOf<Signal<ConnectionState>>();
      expectTypeOf(resource.lastEventId).toEqualTypeOf<Signal<string>>();
      expect(resource.hasValue()).toBe(true);
    });
  });
});
