import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, EMPTY, NEVER, Observable, of, Subject, tap, throwError } from 'rxjs';
import {
  type Attempt,
  type EventSourceLifecycle,
  type EventSourceOptions,
  EventSourceTimeoutError,
  type Flush,
  type LastEventIdStore,
} from '../../src/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import { until } from '../support/until.js';

const kinds = ({ values }: Observed<EventSourceLifecycle>) => values.map(({ kind }) => kind).join(' ');

const boom = new Error('boom');

/** The states of the connections that are live on the server. */
const live = () =>
  server.connections.map(({ state }) => state).filter(state => state !== 'ended' && state !== 'closed');

describe('within `next` of the last event', () => {
  it.each(['pause', 'renewal'])('a %s comes too late', what => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const stream = lifecycle({ connectWhile, renew, isLast: ({ data }) => data === '[DONE]' });
    const observed = observe(
      new Observable<EventSourceLifecycle>(subscriber =>
        stream.subscribe({
          next: step => {
            subscriber.next(step);
            if (step.kind !== 'event') return;
            if (what === 'pause') connectWhile.next(false);
            else renew.next();
          },
          complete: () => subscriber.complete(),
        }),
      ),
    );
    server.expectConnection().open().raw('data: [DONE]\n\ndata: more\n\n');
    expect(kinds(observed)).toBe('connecting open event closed');
    expect(observed.status).toBe('completed');
  });
});

describe('within `next`', () => {
  /** Observes a stream through an operator that acts before it passes a step on. */
  const behind = (options: EventSourceOptions, act: (data: string) => void) =>
    observe(lifecycle(options).pipe(tap(step => step.kind === 'event' && act(step.event.data))));
  const said = ({ values }: Observed<EventSourceLifecycle>) =>
    values.map(step => (step.kind === 'event' ? step.event.data : step.kind)).join(' ');
  const CHUNK = 'data: a\n\ndata: b\n\ndata: c\n\n';

  it('a pause and a renewal take effect after the received events, in order', () => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const stream = behind({ connectWhile, renew }, data => {
      if (data === 'a') connectWhile.next(false);
      if (data === 'b') connectWhile.next(true);
      if (data === 'c') renew.next();
    });
    server.expectConnection().open().raw(CHUNK);
    expect(said(stream)).toBe('connecting open a b c paused connecting connecting');
    server.expectConnection();
    server.expectConnection();
  });

  it('an error of `connectWhile` loses no received event', () => {
    const connectWhile = new BehaviorSubject(true);
    const stream = behind({ connectWhile }, data => {
      if (data === 'a') connectWhile.error(boom);
    });
    server.expectConnection().open().raw(CHUNK);
    expect(said(stream)).toBe('connecting open a b c');
    expect(stream.error).toBe(boom);
  });

  it('a flush delivers no more than its limit, in order', () => {
    const connectWhile = new BehaviorSubject(true);
    let flush: Flush = () => 0;
    const hold = { deliver: (given: Flush) => void (flush = given) };
    const stream = behind({ connectWhile, ...hold }, data => {
      if (data === 'a') connectWhile.next(false);
    });
    server.expectConnection().open().raw(CHUNK);
    expect(flush(3)).toBe(3);
    expect(said(stream)).toBe('connecting open a');
    expect(flush()).toBe(0);
    expect(said(stream)).toBe('connecting open a b c paused');
  });
});

describe('within a function of the policy', () => {
  const ACTS = ['pause', 'renew', 'unsubscribe'] as const;

  it.each(['when', 'delay', 'wake'] as const)('%s, an action takes effect, and no wait is announced', where => {
    for (const what of ACTS) {
      const connectWhile = new BehaviorSubject(true);
      const renew = new Subject<void>();
      const act = () => {
        if (what === 'pause') connectWhile.next(false);
        else if (what === 'renew') renew.next();
        else stream.subscription.unsubscribe();
      };
      let delivered = 0;
      const policy: EventSourceOptions['reconnect'] = {
        delay: () => (where === 'delay' && act(), 1000),
        when: () => (where === 'when' && act(), true),
        wake: new Observable(() => {
          if (where === 'wake') act();
        }),
      };
      const deliver = (flush: Flush) => {
        delivered++;
        flush();
      };
      const stream = observe(lifecycle({ connectWhile, renew, deliver, reconnect: policy }));
      const first = server.expectConnection();
      first.fail();
      expect(kinds(stream)).toBe(
        { pause: 'connecting paused', renew: 'connecting connecting', unsubscribe: 'connecting' }[what],
      );
      expect(delivered).toBe(stream.values.length);
      if (what === 'renew') server.expectConnection();
      expect(clock.timers).toBe(0);
      stream.subscription.unsubscribe();
    }
  });
});

describe('a transport that renews when it is aborted', () => {
  const renewingOnAbort = (renew: Subject<void>): EventSourceOptions => ({
    renew,
    fetch: (url: string, init: { signal: AbortSignal }) => {
      // The end of the first attempt starts the second, which must have an end of its own.
      if (server.connections.length === 0) init.signal.addEventListener('abort', () => renew.next());
      return server.fetch(url, init);
    },
  });

  it.each(['break', 'fail', 'renewal'])('renews after a %s, and the next attempt is aborted in its turn', how => {
    const renew = new Subject<void>();
    const stream = observe(lifecycle(renewingOnAbort(renew)));
    const first = server.expectConnection();
    if (how === 'break') first.open().break();
    else if (how === 'fail') first.fail();
    else renew.next();
    server.expectConnection();
    stream.subscription.unsubscribe();
    expect(live()).toEqual([]);
  });

  it('does not connect while it is paused', () => {
    const connectWhile = new BehaviorSubject(true);
    const stream = observe(lifecycle({ ...renewingOnAbort(new Subject()), connectWhile }));
    server.expectConnection().open();
    connectWhile.next(false);
    expect(live()).toEqual([]);
    server.expectNoConnection();
    connectWhile.next(true);
    server.expectConnection();
    stream.subscription.unsubscribe();
    expect(live()).toEqual([]);
  });
});

describe('an attempt that failed before its request', () => {
  it('is still passed to `when`', () => {
    const asked: Attempt[] = [];
    const store: LastEventIdStore = { get: () => NEVER, set: () => undefined };
    const when = (_error: unknown, attempt: Attempt) => {
      asked.push(attempt);
      return false;
    };
    const stream = observe(lifecycle({ lastEventId: store, connectTimeout: 1000, reconnect: { when } }));
    clock.advanceTo(1000);
    expect(stream.error).toBeInstanceOf(EventSourceTimeoutError);
    expect(asked).toEqual([{ count: 0, lastEventId: '' }]);
  });
});

/** Starts a stream in each phase that it can be in. */
const PHASES: Record<string, (options: EventSourceOptions) => Observed<EventSourceLifecycle>> = {
  'before the headers are there': options => observe(lifecycle({ ...options, headers: () => NEVER })),
  'before it is answered': options => {
    const stream = observe(lifecycle(options));
    server.expectConnection();
    return stream;
  },
  'before the answer is accepted': options => {
    const stream = observe(lifecycle({ ...options, validate: () => NEVER }));
    server.expectConnection().open();
    return stream;
  },
  'while it is open': options => {
    const stream = observe(lifecycle(options));
    server.expectConnection().open();
    return stream;
  },
  'while `when` is asked': options => {
    const stream = observe(lifecycle({ ...options, reconnect: { when: () => NEVER } }));
    server.expectConnection().refuse(503);
    return stream;
  },
  'in a wait': options => {
    const stream = observe(lifecycle(options));
    server.expectConnection().refuse(503);
    return stream;
  },
};
describe.each(Object.keys(PHASES))('%s', phase => {
  const begin = (options: EventSourceOptions) => {
    const stream = PHASES[phase]?.({ connectTimeout: 60_000, ...options });
    if (!stream) throw new Error('Expected a phase');
    return stream;
  };

  /** Expects that nothing is running, and that nothing is subscribed to. */
  function expectNothing(...subjects: { readonly observed: boolean }[]) {
    expect(live()).toEqual([]);
    expect(clock.timers).toBe(0);
    expect(subjects.filter(({ observed }) => observed)).toEqual([]);
  }

  it('continues if `connectWhile` completes while it is true', () => {
    const connectWhile = new BehaviorSubject(true);
    const stream = begin({ connectWhile });
    const before = kinds(stream);
    connectWhile.complete();
    expect([kinds(stream), stream.status]).toEqual([before, 'live']);
    stream.subscription.unsubscribe();
    expectNothing();
  });

  it('fails if `connectWhile` or `renew` errors', () => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<never>();
    const first = begin({ connectWhile, renew });
    connectWhile.error(boom);
    expect(first.error).toBe(boom);
    expectNothing(renew);

    const second = begin({ renew });
    renew.error(boom);
    expect(second.error).toBe(boom);
    expectNothing(renew);
  });

  it('pauses at once and stays paused, and stops if `connectWhile` completes then', () => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<never>();
    const stream = begin({ connectWhile, renew });
    const before = kinds(stream);
    connectWhile.next(false);
    expect(kinds(stream)).toBe(`${before} paused`);
    expect([live(), clock.timers]).toEqual([[], 0]);
    clock.advanceTo(1_000_000);
    connectWhile.complete();
    expect(stream.values.at(-1)).toEqual({ kind: 'closed', reason: 'stopped' });
    expect(stream.status).toBe('completed');
    expectNothing(renew);
  });

  it('is renewed, unless `when` must decide first', () => {
    const renew = new Subject<void>();
    const stream = begin({ renew });
    const before = kinds(stream);
    renew.next();
    const isAsked = phase === 'while `when` is asked';
    expect(kinds(stream)).toBe(isAsked ? before : `${before} connecting`);
    if (!isAsked && phase !== 'before the headers are there') server.expectConnection();
    expect(live()).toHaveLength(isAsked || phase === 'before the headers are there' ? 0 : 1);
    stream.subscription.unsubscribe();
    expectNothing(renew);
  });
});

describe('connectWhile', () => {
  it.each<[string, Observable<boolean>, string, string]>([
    ['is true and completes', of(true), 'connecting', 'live'],
    ['is false and completes', of(false), 'paused closed', 'completed'],
    ['toggles and completes', of(true, false, true), 'connecting paused connecting', 'live'],
    ['says nothing', NEVER, 'paused', 'live'],
    ['says nothing and completes', EMPTY, 'closed', 'completed'],
    ['errors', throwError(() => boom), '', 'failed'],
  ])('that %s at once', (_what, connectWhile, says, status) => {
    const stream = observe(lifecycle({ connectWhile }));
    expect([kinds(stream), stream.status]).toEqual([says, status]);
    server.connections.forEach(() => server.expectConnection());
    stream.subscription.unsubscribe();
  });
});

describe('connectTimeout', () => {
  const request = { url: '/stream' };
  const answer = new Subject<never>();
  const bounded: Record<string, { readonly options: EventSourceOptions; readonly says?: unknown }> = {
    headers: { options: { headers: () => answer }, says: { authorization: 'x' } },
    prepare: { options: { prepare: () => answer }, says: request },
    resume: { options: { lastEventId: '1', resume: () => answer }, says: request },
    'get of a store': { options: { lastEventId: { get: () => answer, set: () => undefined } }, says: '7' },
    validate: { options: { validate: () => answer } },
  };

  it.each(Object.keys(bounded))('limits the wait for %s, and unsubscribes from it when it times out', name => {
    const { options, says } = bounded[name] ?? { options: {} };
    const stream = observe(lifecycle({ ...options, connectTimeout: 5000 }));
    if (name === 'validate') server.expectConnection().open();
    clock.advanceTo(4999);
    expect(answer.observed).toBe(true);
    clock.advanceTo(5000);
    expect(answer.observed).toBe(false);
    expect(stream.values.at(-1)).toMatchObject({
      kind: 'waiting',
      delay: 1000,
      error: { name: 'EventSourceTimeoutError' },
    });
    // The next attempt calls the function again.
    clock.advanceTo(6000);
    if (name === 'validate') server.expectConnection().open();
    expect(answer.observed).toBe(true);
    answer.next(says as never);
    if (name !== 'validate') server.expectConnection().open();
    expect(stream.values.at(-1)).toMatchObject({ kind: 'open' });
    expect(clock.timers).toBe(0);
    stream.subscription.unsubscribe();
  });
});

describe('a slow `deliver`', () => {
  it('delays reads and the end, through pauses and renewals', async () => {
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const done: (() => void)[] = [];
    let said: string[] = [];
    const stream = observe(
      lifecycle({
        connectWhile,
        renew,
        reconnect: { onEnd: false },
        deliver: flush => {
          said = [];
          flush();
          return said.includes('event') ? new Promise<void>(resolve => done.push(resolve)) : undefined;
        },
      }).pipe(tap(({ kind }) => said.push(kind))),
    );
    server.expectConnection().open().send({ id: 1, data: 'a' }).send({ id: 2, data: 'b' });
    expect(kinds(stream)).toBe('connecting open event');
    connectWhile.next(false);
    connectWhile.next(true);
    const second = server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' });
    renew.next();
    expect(second.state).toBe('closed');
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' }).end();
    expect(kinds(stream)).toBe('connecting open event paused connecting open connecting open');
    done.shift()?.();
    await until(() => done.length > 0);
    expect(stream.status).toBe('live');
    done.shift()?.();
    await stream.completed();
    expect(kinds(stream)).toBe('connecting open event paused connecting open connecting open event closed');
  });
});
