import { describe, expect, it } from '@jest/globals';
import { type Observable, Subject, take, takeWhile } from 'rxjs';
import {
  type ConnectionState,
  decode,
  fromEventSourceLifecycle,
  json,
  ofEventType,
  toActions,
} from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { gap, open, type Step, text } from '../support/steps.js';
import { marbles } from '../support/virtual-marbles.js';
import { gapText } from './gap-text.js';

const statusOf = ({ status }: ConnectionState) => status;
const RESET = () => 'reset';

describe('toActions', () => {
  it('calls the function of each event type, with the data and the event', () => {
    const observed = observe(
      lifecycle().pipe(
        decode({ chat: json<{ text: string }>(), count: Number, unrouted: Number }),
        toActions({
          events: {
            chat: ({ text }, { type, lastEventId }) => ({ type: 'said' as const, text, by: `${type} ${lastEventId}` }),
            count: (count, event) => ({ type: 'counted' as const, count, event }),
          },
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

  it('emits state and events in one order', () => {
    const observed = observe(
      lifecycle().pipe(ofEventType('message'), toActions({ events: { message: data => data }, state: statusOf })),
    );
    server.expectConnection().open().send({ id: 1, data: 'a' }).send('b').end();
    clock.advanceTo(1000);
    server.expectConnection({ lastEventId: '1' }).open().send('c').break();
    expect(observed.values).toEqual([
      ...['connecting', 'open', 'a', 'b', 'waiting'],
      ...['connecting', 'open', 'c', 'waiting'],
    ]);
  });

  describe('a gap', () => {
    const steps = () => new Subject<Step>();
    const play = (source: Subject<Step>, ...played: Step[]) => played.forEach(step => source.next(step));
    const say = (snapshot: string) => `snapshot ${snapshot}`;
    const snapshot = (text: string): Step => ({ kind: 'snapshot', snapshot: text });

    it('is handled in order: first `gap`, then `reset`, each called with the details of the gap', () => {
      const source = steps();
      const observed = observe(
        source.pipe(
          ofEventType('message'),
          toActions({
            events: { message: data => data },
            state: statusOf,
            gap: gapText,
            reset: step => `reset ${gapText(step)}`,
          }),
        ),
      );
      play(source, open(), gap('1', '7'), text('a'), text('b'), gap('9', ''), text('c'));
      expect(observed.values).toEqual([
        ...['open', 'gap 1-7', 'reset gap 1-7', 'a', 'b'],
        ...['gap 9-', 'reset gap 9-', 'c'],
      ]);
    });

    it('doesn’t call `reset` if there is a `snapshot`, which is called when the snapshot arrives', () => {
      const source = steps();
      const observed = observe(
        source.pipe(
          ofEventType('message'),
          toActions({ events: { message: data => data }, state: statusOf, gap: gapText, reset: RESET, snapshot: say }),
        ),
      );
      play(source, open(), snapshot('one'), text('a'), gap('1', ''), snapshot('two'), text('b'));
      expect(observed.values).toEqual(['open', 'snapshot one', 'a', 'gap 1-', 'snapshot two', 'b']);
    });

    it('calls `reset` if snapshots arrive, but there is no function for them', () => {
      const source = steps();
      const observed = observe(source.pipe(toActions({ reset: RESET })));
      play(source, open(), snapshot('one'), gap('1', ''), snapshot('two'));
      expect(observed.values).toEqual(['reset']);
    });

    it('isn’t reported for the first `open`, with or without a position', () => {
      for (const lastEventId of ['7', '']) {
        const observed = observe(lifecycle({ lastEventId }).pipe(toActions({ gap: gapText, reset: RESET })));
        server.expectConnection({ lastEventId }).open();
        expect(observed.values).toEqual([]);
      }
    });

    it('doesn’t call `reset` if the subscriber unsubscribes at the action of `gap`', () => {
      const source = steps();
      const observed = observe(source.pipe(toActions({ gap: gapText, reset: RESET }), take(1)));
      play(source, open(), gap('1', ''));
      expect({ values: observed.values, status: observed.status }).toEqual({ values: ['gap 1-'], status: 'completed' });
    });
  });

  it('passes the whole state, with times of `asyncScheduler`', () => {
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

  it('emits any action except `undefined` and `null`', () => {
    const answers: unknown[] = [undefined, null, 0, '', false, NaN];
    const observed = observe(
      lifecycle().pipe(
        ofEventType('message'),
        toActions({
          events: { message: data => answers[Number(data)] },
          state: () => undefined,
          reset: () => null,
        }),
      ),
    );
    const connection = server.expectConnection().open();
    answers.forEach((_, index) => connection.send(String(index)));
    expect(observed.values).toEqual([0, '', false, NaN]);
  });

  describe('event types', () => {
    it('can be named like properties of every object', () => {
      const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf'];
      const send = () => {
        const connection = server.expectConnection().open();
        for (const type of names) connection.send({ type, data: type });
      };
      const unrouted = observe(lifecycle().pipe(toActions({ events: {} as never })));
      send();
      expect(unrouted.values).toEqual([]);

      const routes = Object.fromEntries(names.map(name => [name, (data: string) => `routed ${data}`]));
      const routed = observe(lifecycle().pipe(toActions({ events: routes } as never)));
      send();
      expect(routed.values).toEqual(names.map(name => `routed ${name}`));
    });

    it('can be named like the other functions, and aren’t confused with them [pitfall 57]', () => {
      const names = ['state', 'reset', 'gap', 'snapshot', 'events'] as const;
      const source = new Subject<Step>();
      const route = (data: string, { type }: { type: string }) => `${type} ${data}`;
      const events = { state: route, reset: route, gap: route, snapshot: route, events: route };
      const observed = observe(
        source.pipe(ofEventType(...names), toActions({ events, state: statusOf, gap: gapText, reset: RESET })),
      );
      source.next(open());
      for (const name of names) source.next(text('x', name));
      source.next(gap('1', ''));
      expect(observed.values).toEqual(['open', ...names.map(name => `${name} x`), 'gap 1-', 'reset']);
    });
  });

  describe('a failure of the stream', () => {
    it('is the last state if there is a `state` function, and then the result completes', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: state => state })));
      server.expectConnection().refuse(404);
      expect(observed.values.at(-1)).toMatchObject({ status: 'failed', error: { status: 404 } });
      expect(observed.status).toBe('completed');
    });

    it('completes the result even if `state` returns no action', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: () => undefined })));
      server.expectConnection().refuse(404);
      expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'completed' });
    });

    it('is the error of the result if there is no `state` function', () => {
      const observed = observe(lifecycle().pipe(toActions({ reset: RESET })));
      server.expectConnection().refuse(404);
      expect(observed.error).toMatchObject({ name: 'ResponseStatusError', status: 404 });
    });
  });

  it('completes with the stream, after the state `closed`', () => {
    const observed = observe(lifecycle({ reconnect: false }).pipe(toActions({ state: statusOf })));
    server.expectConnection().open().end();
    expect(observed.values).toEqual(['connecting', 'open', 'closed']);
    expect(observed.status).toBe('completed');
  });

  it('emits the state `closed` if the lifecycle is cut off, for example by `take` or `takeUntil`', () => {
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

    it('for an event is passed on as an error, and closes the connection', () => {
      const observed = observe(lifecycle().pipe(ofEventType('message'), toActions({ events: { message: fail } })));
      const connection = server.expectConnection().open();
      connection.send('a');
      expect(observed.error).toBe(error);
      expect(connection.state).toBe('closed');
      expect(clock.timers).toBe(0);
    });

    it('for the state is passed on as an error, and nothing connects', () => {
      const observed = observe(lifecycle().pipe(toActions({ state: fail })));
      expect(observed.error).toBe(error);
      expect(server.connections).toEqual([]);
    });

    it.each(['gap', 'reset', 'snapshot'] as const)('for a %s is passed on as an error, and ends the source', name => {
      const source = new Subject<Step>();
      const observed = observe(source.pipe(toActions({ state: statusOf, [name]: fail } as never)));
      source.next(open());
      source.next(name === 'snapshot' ? { kind: 'snapshot', snapshot: '' } : gap('1', ''));
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['open'], error });
      expect(source.observed).toBe(false);
    });

    it('for the failure of the stream replaces that failure with its own error', () => {
      const observed = observe(
        lifecycle().pipe(toActions({ state: state => (state.status === 'failed' ? fail() : state.status) })),
      );
      server.expectConnection().refuse(404);
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['connecting'], error });
      server.verify();
    });

    it('for the completion of a cut-off lifecycle replaces the completion with an error', () => {
      const observed = observe(
        lifecycle().pipe(take(2), toActions({ state: state => (state.status === 'closed' ? fail() : state.status) })),
      );
      server.expectConnection().open();
      expect({ values: observed.values, error: observed.error }).toEqual({ values: ['connecting', 'open'], error });
    });
  });

  describe('unsubscribing inside `next`', () => {
    /** A stream that emits all its steps during `subscribe`. */
    const burst = () =>
      lifecycle({
        fetch: fakeEventSource(connection => void connection.open().raw('data: 1\n\ndata: 2\n\ndata: 3\n\n')).fetch,
      }).pipe(ofEventType('message'));

    it.each(['connecting', 'open', '1', '2'])('at %s, calls no other function', last => {
      const asked: string[] = [];
      const ask = (name: string) => {
        asked.push(name);
        return name;
      };
      const source: Observable<unknown> = burst().pipe(
        toActions({ events: { message: ask }, state: ({ status }) => ask(status) }),
        takeWhile(action => action !== last, true),
      );
      const observed = observe(source);
      expect(observed.values).toEqual(asked);
      expect(asked.at(-1)).toBe(last);
    });
  });

  it('leaves no connection or timer behind on unsubscribe', () => {
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

  it('keeps separate state for each subscription', () => {
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
