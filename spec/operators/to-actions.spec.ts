import { describe, expect, it } from '@jest/globals';
import { type Observable, take, takeWhile } from 'rxjs';
import { type ConnectionState, decode, fromEventSourceLifecycle, json, ofType, toActions } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';

const statusOf = ({ status }: ConnectionState) => status;
const RESET = () => 'reset';

describe('toActions', () => {
  it('asks the function of each type, with the data and the event', () => {
    const observed = observe(
      lifecycle().pipe(
        decode({ chat: json<{ text: string }>(), count: Number, unrouted: Number }),
        toActions({
          chat: ({ text }, { type, lastEventId }) => ({ type: 'said' as const, text, by: `${type} ${lastEventId}` }),
          count: (count, event) => ({ type: 'counted' as const, count, event }),
        }),
      ),
    );
    const connection = server.expectConnection().open();
    connection.send({ type: 'chat', id: 1, data: { text: 'hi' } });
    connection.send({ type: 'unrouted', data: 1 }).send({ type: 'unknown', data: 1 }).send({ data: 1 }).comment('beat');
    connection.send({ type: 'count', data: 2 });
    expect(observed.values).toEqual([
      { type: 'said', text: 'hi', by: 'chat 1' },
      { type: 'counted', count: 2, event: { type: 'count', data: 2, lastEventId: '1' } },
    ]);
  });

  it('has state and events in one order, and `reset` before the state of what did not resume', () => {
    const observed = observe(
      lifecycle().pipe(ofType('message'), toActions({ message: data => data, state: statusOf, reset: RESET })),
    );
    const first = server.expectConnection({ lastEventId: '' }).open();
    // Without an id there is nothing to resume from.
    first.send('a').send('b').end();
    clock.advanceTo(1000);
    server.expectConnection({ lastEventId: '' }).open().send({ id: 7, data: 'c' }).break();
    clock.advanceTo(2000);
    server.expectConnection({ lastEventId: '7' }).open().send({ id: '', data: 'd' }).end();
    clock.advanceTo(3000);
    server.expectConnection({ lastEventId: '' }).open();
    expect(observed.values).toEqual([
      ...['connecting', 'reset', 'open', 'a', 'b', 'waiting'],
      ...['connecting', 'reset', 'open', 'c', 'waiting'],
      ...['connecting', 'open', 'd', 'waiting'],
      ...['connecting', 'reset', 'open'],
    ]);
  });

  it('does not reset where the option said where to start, and does where no header can carry that', () => {
    const resumed = observe(lifecycle({ lastEventId: '7' }).pipe(toActions({ reset: RESET })));
    server.expectConnection({ lastEventId: '7' }).open();
    expect(resumed.values).toEqual([]);
    const unsent = observe(lifecycle({ lastEventId: 'a\u0001b' }).pipe(toActions({ reset: RESET })));
    server.expectConnection({ lastEventId: '' }).open();
    expect(unsent.values).toEqual(['reset']);
  });

  it('gives the whole state, its times on the clock of all timers', () => {
    let each: FakeEventSource | undefined;
    marbles(({ cold, expectObservable }) => {
      each = fakeEventSource(() => cold('--a--|'));
      const source = fromEventSourceLifecycle('/stream', { fetch: each.fetch, reconnect: { delay: 100, jitter: 0 } });
      expectObservable(source.pipe(toActions({ state: state => state })), '50ms !').toBe('(co)-w', {
        c: { status: 'connecting', attempt: 0, retryAt: null, lastEventId: '', error: null },
        o: { status: 'open', attempt: 0, retryAt: null, lastEventId: '', error: null },
        w: { status: 'waiting', attempt: 1, retryAt: 105, lastEventId: '', error: null },
      });
    });
    each?.verify();
  });

  it('makes no action of `undefined` and `null`, and one of all else', () => {
    const answers: unknown[] = [undefined, null, 0, '', false, NaN];
    const observed = observe(
      lifecycle().pipe(
        ofType('message'),
        toActions({ message: data => answers[Number(data)], state: () => undefined, reset: () => null }),
      ),
    );
    const connection = server.expectConnection().open();
    answers.forEach((_, index) => connection.send(String(index)));
    expect(observed.values).toEqual([0, '', false, NaN]);
  });

  describe('event types', () => {
    it('may be names of what every object has', () => {
      const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'];
      const send = () => {
        const connection = server.expectConnection().open();
        for (const type of names) connection.send({ type, data: type });
      };
      const unrouted = observe(lifecycle().pipe(toActions({})));
      send();
      expect(unrouted.values).toEqual([]);

      const routes = Object.fromEntries(names.map(name => [name, (data: string) => `routed ${data}`]));
      const routed = observe(lifecycle().pipe(toActions(routes as never)));
      send();
      expect(routed.values).toEqual(names.map(name => `routed ${name}`));
    });

    it('named `state` and `reset` are dropped, and mistaken for nothing', () => {
      const observed = observe(
        lifecycle().pipe(
          ofType('message', 'state', 'reset'),
          toActions({ message: data => data, state: state => state, reset: () => 'reset' }),
        ),
      );
      const connection = server.expectConnection().open();
      const before = observed.values.splice(0);
      connection.send({ type: 'state', data: 'x' }).send({ type: 'reset', data: 'y' }).send('z');
      expect(before).toMatchObject([{ status: 'connecting' }, 'reset', { status: 'open' }]);
      expect(observed.values).toEqual(['z']);
    });
  });

  describe('routes that are none', () => {
    const wrong: [string, unknown][] = [
      ['chat', 'text'],
      ['chat', null],
      ['state', {}],
      ['reset', 1],
      ['__proto__', 1],
    ];
    it.each(wrong)('throw at the call, and are named: %s as %j', (name, route) => {
      const routes = Object.fromEntries([
        ['fine', () => undefined],
        [name, route],
      ]);
      expect(() => toActions(routes as never)).toThrow(TypeError);
      expect(() => toActions(routes as never)).toThrow(`Expected a function for the option \`${name}\``);
    });

    it.each([undefined, null, 'routes', 1, () => undefined])(
      'throw at the call, as in the place of all: %p',
      routes => {
        expect(() => toActions(routes as never)).toThrow(TypeError);
        expect(() => toActions(routes as never)).toThrow('Expected an object for the option `routes`');
      },
    );

    it('may be left out, as `undefined`', () => {
      const observed = observe(
        lifecycle().pipe(
          ofType('message'),
          toActions({ message: undefined, state: undefined, reset: undefined } as never),
        ),
      );
      server.expectConnection().open().send('a').end();
      expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'live' });
    });
  });

  describe('a failure of the stream', () => {
    it('is the last state, and completes, where there is a `state`', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: state => state })));
      server.expectConnection().refuse(404);
      expect(observed.values.at(-1)).toMatchObject({ status: 'failed', error: { status: 404 } });
      expect(observed.status).toBe('completed');
    });

    it('completes also where the `state` makes no action', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: () => undefined })));
      server.expectConnection().refuse(404);
      expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'completed' });
    });

    it('is the error, where there is none', () => {
      const observed = observe(lifecycle().pipe(toActions({ reset: RESET })));
      server.expectConnection().refuse(404);
      expect(observed.error).toMatchObject({ name: 'ResponseStatusError', status: 404 });
    });
  });

  it('completes with the stream, which is `closed` then', () => {
    const observed = observe(lifecycle({ reconnect: false }).pipe(toActions({ state: statusOf })));
    server.expectConnection().open().end();
    expect(observed.values).toEqual(['connecting', 'open', 'closed']);
    expect(observed.status).toBe('completed');
  });

  it('is `closed` where the lifecycle is cut off, as by `take` or `takeUntil`', () => {
    const observed = observe(lifecycle().pipe(take(2), toActions({ state: statusOf })));
    server.expectConnection().open();
    expect(observed.values).toEqual(['connecting', 'open', 'closed']);
    expect(observed.status).toBe('completed');
  });

  describe('a function that throws', () => {
    const error = new RangeError('wrong');
    const fail = () => {
      throw error;
    };

    it('for an event is the error, and ends the stream', () => {
      const observed = observe(lifecycle().pipe(ofType('message'), toActions({ message: fail })));
      const connection = server.expectConnection().open();
      connection.send('a');
      expect(observed.error).toBe(error);
      expect(connection.state).toBe('closed');
      expect(clock.timers).toBe(0);
    });

    it('for the state is the error, and connects nowhere', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: fail })));
      expect(observed.error).toBe(error);
      expect(server.connections).toEqual([]);
    });

    it('for a reset is the error, and no state follows', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: statusOf, reset: fail })));
      server.expectConnection().open();
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['connecting'], error });
      server.verify();
    });

    it('for the failure of the stream is the error in its place', () => {
      const observed = observe(
        lifecycle().pipe(toActions({ state: state => (state.status === 'failed' ? fail() : state.status) })),
      );
      server.expectConnection().refuse(404);
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['connecting'], error });
      server.verify();
    });

    it('for the completion of a lifecycle that was cut off is the error in its place', () => {
      const observed = observe(
        lifecycle().pipe(take(2), toActions({ state: state => (state.status === 'closed' ? fail() : state.status) })),
      );
      server.expectConnection().open();
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['connecting', 'open'], error });
    });
  });

  describe('unsubscribed from inside `next`', () => {
    /** All that happens, happens within `subscribe`. */
    const burst = () =>
      lifecycle({
        fetch: fakeEventSource(connection => void connection.open().raw('data: 1\n\ndata: 2\n\ndata: 3\n\n')).fetch,
      }).pipe(ofType('message'));

    it.each(['connecting', 'reset', 'open', '1', '2'])('at %s, it asks no function any more', last => {
      const asked: string[] = [];
      const ask = (name: string) => {
        asked.push(name);
        return name;
      };
      const source: Observable<unknown> = burst().pipe(
        toActions({ message: ask, state: ({ status }) => ask(status), reset: () => ask('reset') }),
        takeWhile(action => action !== last, true),
      );
      const observed = observe(source);
      expect(observed.values).toEqual(asked);
      expect(asked.at(-1)).toBe(last);
    });
  });

  it('leaves nothing behind when it is unsubscribed from', () => {
    const waiting = observe(lifecycle().pipe(toActions({ state: statusOf })));
    server.expectConnection().fail();
    const open = observe(lifecycle().pipe(toActions({ state: statusOf })));
    server.expectConnection().open();
    expect(clock.timers).toBe(1);
    waiting.subscription.unsubscribe();
    open.subscription.unsubscribe();
    server.verify();
    expect(clock.timers).toBe(0);
  });

  it('keeps what it knows for each subscription apart', () => {
    const source = lifecycle().pipe(toActions({ state: statusOf }));
    const one = observe(source);
    server.expectConnection().open();
    const other = observe(source);
    server.expectConnection().fail();
    expect([one.values, other.values]).toEqual([
      ['connecting', 'open'],
      ['connecting', 'waiting'],
    ]);
  });
});
