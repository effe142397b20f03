import { beforeEach, describe, expect, it } from '@jest/globals';
import { Subject, takeUntil } from 'rxjs';
import { decode, type EventSourceOptions, json, ofEventType, routeTo } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { itChecked } from '../support/checked.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { gap, open, type Step, text } from '../support/steps.js';

let log: string[];
beforeEach(() => {
  log = [];
});

const note = (...words: unknown[]) => log.push(words.join(' '));
const texts = (options?: EventSourceOptions) => lifecycle(options).pipe(ofEventType('message'));

describe('routeTo', () => {
  it('calls the function of each step in order, ignores what it returns, and emits nothing', () => {
    const observed = observe(
      lifecycle().pipe(
        decode({ price: json<{ symbol: string }>(), halted: Number }),
        routeTo({
          events: {
            price: ({ symbol }, { lastEventId }) => note('price', symbol, lastEventId),
            halted: (seconds, { type }) => note(type, seconds),
          },
          state: ({ status }) => note(status),
        }),
      ),
    );
    const first = server.expectConnection().open();
    first.send({ type: 'price', id: 1, data: { symbol: 'A' } }).send({ type: 'halted', data: 5 });
    first.send({ type: 'other', data: 1 }).comment('beat').break();
    clock.advanceTo(1000);
    server.expectConnection({ lastEventId: '1' }).open().send({ type: 'halted', data: 6 });
    expect(log).toEqual([
      ...['connecting', 'open', 'price A 1', 'halted 5', 'waiting'],
      ...['connecting', 'open', 'halted 6'],
    ]);
    expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'live' });
  });

  it('calls the functions for gaps and snapshots in the order of the steps', () => {
    const source = new Subject<Step>();
    const observed = observe(
      source.pipe(
        ofEventType('gap'),
        routeTo({
          events: { gap: data => note('event', data) },
          gap: ({ requested }) => note('gap', requested),
          snapshot: snapshot => note('snapshot', snapshot),
        }),
      ),
    );
    const resetting = observe(source.pipe(routeTo({ reset: ({ requested }) => note('reset', requested) })));
    for (const step of [open(), gap('7', ''), text('a', 'gap'), { kind: 'snapshot', snapshot: 's' } as const]) {
      source.next(step);
    }
    expect(log).toEqual(['gap 7', 'reset 7', 'event a', 'snapshot s']);
    expect([observed.values, resetting.values]).toEqual([[], []]);
  });

  it('completes with the stream', () => {
    const observed = observe(lifecycle().pipe(routeTo({ state: ({ status }) => note(status) })));
    server.expectConnection().refuse(204);
    expect(log).toEqual(['connecting', 'closed']);
    expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'completed' });
  });

  it('completes if the stream fails and `state` receives the failure', () => {
    const observed = observe(
      lifecycle().pipe(routeTo({ state: ({ status, error }) => note(status, error?.status ?? '-') })),
    );
    server.expectConnection().refuse(404);
    expect(log).toEqual(['connecting -', 'failed 404']);
    expect({ values: observed.values, status: observed.status }).toEqual({ values: [], status: 'completed' });
  });

  it('errors if the stream fails and there is no `state`', () => {
    const observed = observe(texts().pipe(routeTo({ events: { message: note } })));
    server.expectConnection().refuse(404);
    expect(observed.error).toMatchObject({ name: 'ResponseStatusError', status: 404 });
  });

  it('errors with what a function throws, and closes the connection', () => {
    const error = new RangeError('wrong');
    const observed = observe(
      texts().pipe(
        routeTo({
          events: {
            message: data => {
              note(data);
              throw error;
            },
          },
        }),
      ),
    );
    const connection = server.expectConnection().open();
    connection.raw('data: 1\n\ndata: 2\n\n');
    expect({ log, error: observed.error }).toEqual({ log: ['1'], error });
    expect(connection.state).toBe('closed');
    expect(clock.timers).toBe(0);
  });

  itChecked('throws at the call for a wrong or unknown route, and the error names it', () => {
    expect(() => routeTo({ reset: 'now' } as never)).toThrow(TypeError);
    expect(() => routeTo({ reset: 'now' } as never)).toThrow('Expected a function for the option `reset`');
    expect(() => routeTo({ chat: () => undefined } as never)).toThrow('Unknown option `chat`');
    expect(() => routeTo(undefined as never)).toThrow('Expected an object for the option `routes`');
  });

  describe('unsubscribing inside a function', () => {
    const burst = 'data: 1\n\ndata: 2\n\ndata: 3\n\n';

    it('calls no function for the rest of the chunk', () => {
      const message = (data: string) => {
        note(data);
        if (data === '2') routed.subscription.unsubscribe();
      };
      const routed = observe(texts().pipe(routeTo({ events: { message } })));
      const connection = server.expectConnection().open();
      connection.raw(burst);
      expect(log).toEqual(['1', '2']);
      expect(connection.state).toBe('closed');
    });

    it.each(['connecting', 'open', '1', '2'])(
      'calls no function after %s, for steps emitted during `subscribe`',
      last => {
        const script = fakeEventSource(connection => void connection.open().raw(burst));
        const stop = new Subject<void>();
        const call = (name: string) => {
          note(name);
          if (name === last) stop.next();
        };
        const observed = observe(
          texts({ fetch: script.fetch }).pipe(
            routeTo({ events: { message: call }, state: ({ status }) => call(status) }),
            takeUntil(stop),
          ),
        );
        expect(log.at(-1)).toBe(last);
        expect(observed.status).toBe('completed');
        script.verify();
      },
    );
  });

  it('leaves no connection or timer behind on unsubscribe', () => {
    const { subscription } = observe(texts().pipe(routeTo({ events: { message: note } })));
    server.expectConnection().open().send('1').break();
    expect(clock.timers).toBe(1);
    subscription.unsubscribe();
    expect(clock.timers).toBe(0);
    server.verify();
  });
});
