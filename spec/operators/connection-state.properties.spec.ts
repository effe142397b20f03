import { describe, expect, it } from '@jest/globals';
import { EMPTY, Subject, throwError } from 'rxjs';
import { connectionState, fromEventSourceLifecycle, IDLE_CONNECTION } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { follow, state } from './followed-states.js';

describe('connectionState', () => {
  it('contains the reason for `failed` as plain data', () => {
    const { news } = follow(lifecycle({ lastEventId: '7' }));
    server.expectConnection().refuse(404, { body: 'no such room' });
    expect(news().at(-1)).toEqual({
      status: 'failed',
      attempt: 0,
      retryAt: null,
      lastEventId: '7',
      error: { name: 'ResponseStatusError', message: expect.stringContaining('404'), status: 404 },
    });

    const { news: ofOwn } = follow(
      lifecycle({
        headers: () => {
          throw new RangeError('no token');
        },
      }),
    );
    expect(ofOwn().at(-1)).toEqual(state({ status: 'failed', error: { name: 'RangeError', message: 'no token' } }));
  });

  it('keeps the last error when the count is spent', () => {
    const { news } = follow(lifecycle({ reconnect: { count: 1, delay: 1000, jitter: 0 } }));
    server.expectConnection().fail();
    clock.advanceTo(1000);
    server.expectConnection().refuse(500);
    expect(news().slice(-3)).toMatchObject([
      { status: 'waiting', retryAt: 1000, error: { name: 'ConnectionError' } },
      { status: 'connecting', retryAt: null, error: { name: 'ConnectionError' } },
      { status: 'failed', retryAt: null, error: { name: 'ResponseStatusError', status: 500 } },
    ]);
  });

  describe('the `error` of the state, converted from', () => {
    const thrown: [string, unknown, object][] = [
      ['an error', new TypeError('wrong'), { name: 'TypeError', message: 'wrong' }],
      ['an error of the platform', new DOMException('late', 'TimeoutError'), { name: 'TimeoutError', message: 'late' }],
      [
        // Angular's HttpErrorResponse looks like this.
        'an object that looks like an error',
        { name: 'HttpErrorResponse', message: 'Http failure', status: 401, error: {} },
        { name: 'HttpErrorResponse', message: 'Http failure', status: 401 },
      ],
      ['an object whose status isn’t a number', { message: 'm', status: 'bad' }, { name: 'Error', message: 'm' }],
      ['an object whose status JSON can’t represent', { message: 'm', status: NaN }, { name: 'Error', message: 'm' }],
      ['an object whose name isn’t a string', { name: 1, message: 'm' }, { name: 'Error', message: 'm' }],
      ['a string', 'gone', { name: 'Error', message: 'gone' }],
      ['a number', 42, { name: 'Error', message: '42' }],
      ['a symbol', Symbol('sign'), { name: 'Error', message: 'Symbol(sign)' }],
      ['null', null, { name: 'Error', message: 'null' }],
      ['undefined', undefined, { name: 'Error', message: 'undefined' }],
      ['an object without a message', { code: 1 }, { name: 'Error', message: '[object Object]' }],
      [
        'an object that can’t be converted to a string',
        Object.create(null),
        { name: 'Error', message: '[object Object]' },
      ],
    ];
    it.each(thrown)('%s', (_what, error, failure) => {
      const { followed, news } = follow(throwError(() => error));
      expect(news()).toStrictEqual([IDLE_CONNECTION, state({ status: 'failed', error: failure as never })]);
      expect(followed.status).toBe('completed');
    });
  });

  describe('retryAt', () => {
    it('uses the time of `asyncScheduler` by default, so a TestScheduler controls it', () => {
      let each: FakeEventSource | undefined;
      marbles(({ cold, expectObservable }) => {
        each = fakeEventSource(() => cold('--a--|'));
        const source = fromEventSourceLifecycle('/stream', {
          fetch: each.fetch,
          reconnect: { delay: 100, jitter: 0 },
        });
        expectObservable(source.pipe(connectionState()), '150ms !').toBe('(ico)w 99ms (CO)-W', {
          i: IDLE_CONNECTION,
          c: state({ status: 'connecting' }),
          o: state({ status: 'open' }),
          w: state({ status: 'waiting', attempt: 1, retryAt: 105 }),
          C: state({ status: 'connecting', attempt: 1 }),
          O: state({ status: 'open', attempt: 1 }),
          W: state({ status: 'waiting', attempt: 1, retryAt: 210 }),
        });
      });
      each?.verify();
    });

    it('uses the time of the `scheduler` that you pass', () => {
      const own = new Clock();
      own.advanceTo(1_000_000);
      const observed = observe(lifecycle().pipe(connectionState({ scheduler: own })));
      server.expectConnection().fail();
      expect(observed.values.at(-1)).toMatchObject({ status: 'waiting', retryAt: 1_001_000 });
    });

    it('is `null` while an Observable of the policy decides', () => {
      const go = new Subject<void>();
      const { news } = follow(lifecycle({ reconnect: { delay: () => go } }));
      server.expectConnection().fail();
      expect(news().at(-1)).toMatchObject({ status: 'waiting', retryAt: null });
      go.next();
      expect(news()).toMatchObject([{ status: 'connecting', retryAt: null }]);
      server.expectConnection().refuse(204);
    });

    it('is `null` if an Observable of the policy decided against another attempt', () => {
      const { followed, news } = follow(lifecycle({ reconnect: { delay: () => EMPTY } }));
      server.expectConnection().fail();
      expect(news().slice(-2)).toMatchObject([
        { status: 'waiting', retryAt: null },
        state({ status: 'closed', attempt: 1 }),
      ]);
      expect(followed.status).toBe('completed');
    });

    it('is `null` after `wake` ended a wait early', () => {
      const wake = new Subject<void>();
      const { news } = follow(lifecycle({ reconnect: { delay: 1000, jitter: 0, wake } }));
      server.expectConnection().fail();
      wake.next();
      expect(news().slice(-2)).toMatchObject([
        { status: 'waiting', retryAt: 1000 },
        { status: 'connecting', retryAt: null },
      ]);
      server.expectConnection().refuse(204);
    });
  });

  describe('lastEventId', () => {
    it('is the position of the stream at each change', () => {
      const { news } = follow(lifecycle({ lastEventId: '5' }));
      const first = server.expectConnection({ lastEventId: '5' }).open();
      first.send({ id: 6, data: 'a' }).send({ data: 'b' }).end();
      clock.advanceTo(1000);
      const second = server.expectConnection({ lastEventId: '6' }).open();
      // An empty id clears the position.
      second.send({ id: '', data: 'c' }).end();
      clock.advanceTo(2000);
      server.expectConnection({ lastEventId: '' }).refuse(204);
      expect(news().map(({ status, lastEventId }) => `${status} ${lastEventId}`)).toEqual([
        ...['idle ', 'connecting 5', 'open 5', 'waiting 6'],
        ...['connecting 6', 'open 6', 'waiting ', 'connecting ', 'closed '],
      ]);
    });

    it('includes the id of a block without data by the next attempt', () => {
      const { news } = follow();
      server.expectConnection().open().send({ id: 6, data: 'a' }).send({ id: 7 }).end();
      clock.advanceTo(1000);
      server.expectConnection({ lastEventId: '7' }).refuse(204);
      expect(news().at(-2)).toMatchObject({ status: 'connecting', lastEventId: '7' });
    });
  });
});
