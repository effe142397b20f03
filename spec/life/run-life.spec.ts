import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, EMPTY, NEVER, type Observable, of, Subject, tap, throwError } from 'rxjs';
import {
  type Attempt,
  type EventSourceLifecycle,
  type EventSourceOptions,
  EventSourceTimeoutError,
  type LastEventIdStore,
} from '../../src/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import { until } from '../support/until.js';
import { kinds } from './kinds.js';
import { live } from './live.js';

const boom = new Error('boom');

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
  'while `headers` is pending': options => observe(lifecycle({ ...options, headers: () => NEVER })),
  'before the response arrives': options => {
    const stream = observe(lifecycle(options));
    server.expectConnection();
    return stream;
  },
  'while `validate` is pending': options => {
    const stream = observe(lifecycle({ ...options, validate: () => NEVER }));
    server.expectConnection().open();
    return stream;
  },
  'while the connection is open': options => {
    const stream = observe(lifecycle(options));
    server.expectConnection().open();
    return stream;
  },
  'while `when` decides': options => {
    const stream = observe(lifecycle({ ...options, reconnect: { when: () => NEVER } }));
    server.expectConnection().refuse(503);
    return stream;
  },
  'during a wait': options => {
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
    const isAsked = phase === 'while `when` decides';
    expect(kinds(stream)).toBe(isAsked ? before : `${before} connecting`);
    if (!isAsked && phase !== 'while `headers` is pending') server.expectConnection();
    expect(live()).toHaveLength(isAsked || phase === 'while `headers` is pending' ? 0 : 1);
    stream.subscription.unsubscribe();
    expectNothing(renew);
  });
});

describe('connectWhile', () => {
  it.each<[string, Observable<boolean>, string, string]>([
    ['is true and completes', of(true), 'connecting', 'live'],
    ['is false and completes', of(false), 'paused closed', 'completed'],
    ['toggles and completes', of(true, false, true), 'connecting paused connecting', 'live'],
    ['emits nothing', NEVER, 'paused', 'live'],
    ['emits nothing and completes', EMPTY, 'closed', 'completed'],
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
    '`get` of a store': { options: { lastEventId: { get: () => answer, set: () => undefined } }, says: '7' },
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
