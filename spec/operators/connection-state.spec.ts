import { LOST } from '#texts';
import { describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  concat,
  EMPTY,
  map,
  type Observable,
  repeat,
  Subject,
  take,
  takeWhile,
  throwError,
} from 'rxjs';
import {
  type ConnectionState,
  connectionState,
  type ConnectionStateOptions,
  type EventSourceLifecycle,
  fromEventSourceLifecycle,
  IDLE_CONNECTION,
  whileTrue,
} from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { describeChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { forEachSeed, randomSteps } from '../support/random-steps.js';
import { shownOf, statesOf } from '../support/state-model.js';
import { CLOSED, COMMENT, connecting, gap, open, PAUSED, type Step, text, waiting } from '../support/steps.js';
import { marbles } from '../support/virtual-marbles.js';

const state = (change: Partial<ConnectionState>): ConnectionState => ({ ...IDLE_CONNECTION, ...change });

/** Observes the state on the fake clock. `news` returns the states emitted since its last call. */
const follow = (source: Observable<EventSourceLifecycle> = lifecycle()) => {
  const followed = observe(source.pipe(connectionState({ scheduler: clock })));
  return { followed, news: () => followed.values.splice(0) };
};

const statuses = (states: readonly ConnectionState[]) => states.map(({ status }) => status);

describe('connectionState', () => {
  it('emits one value per change, and none for events, comments and reconnection times', () => {
    const { followed, news } = follow();
    expect(news()).toEqual([IDLE_CONNECTION, state({ status: 'connecting' })]);

    const first = server.expectConnection({ lastEventId: '' }).open();
    expect(news()).toEqual([state({ status: 'open' })]);
    first.comment('beat').raw('retry: 2000\n\n').send({ id: 1, data: 'a' }).send({ id: 2, type: 'b', data: 'b' });
    expect(news()).toEqual([]);
    first.end();
    expect(news()).toEqual([state({ status: 'waiting', attempt: 1, retryAt: 2000, lastEventId: '2' })]);

    clock.advanceTo(2000);
    expect(news()).toEqual([state({ status: 'connecting', attempt: 1, lastEventId: '2' })]);
    server.expectConnection({ lastEventId: '2' }).refuse(503);
    const error = { name: 'ResponseStatusError', message: expect.stringContaining('503'), status: 503 };
    const refused = { attempt: 2, lastEventId: '2', error };
    expect(news()).toEqual([{ ...refused, status: 'waiting', retryAt: 6000 }]);

    clock.advanceTo(6000);
    expect(news()).toEqual([{ ...refused, status: 'connecting', retryAt: null }]);
    const third = server.expectConnection({ lastEventId: '2' }).open();
    expect(news()).toEqual([state({ status: 'open', attempt: 2, lastEventId: '2' })]);
    third.send({ id: 3, data: 'c' }).break();
    const lost = { name: 'ConnectionError', message: expect.stringContaining(LOST) };
    expect(news()).toEqual([{ status: 'waiting', attempt: 1, retryAt: 8000, lastEventId: '3', error: lost }]);

    clock.advanceTo(8000);
    expect(news()).toEqual([{ status: 'connecting', attempt: 1, retryAt: null, lastEventId: '3', error: lost }]);
    server.expectConnection().refuse(204);
    expect(news()).toEqual([state({ status: 'closed', attempt: 1, lastEventId: '3' })]);
    expect(followed.status).toBe('completed');
  });

  it('emits `failed` when the stream fails for good, and then completes', () => {
    const { followed, news } = follow();
    server.expectConnection().open().send({ id: 7, data: 'a' }).end();
    clock.advanceTo(1000);
    server.expectConnection().refuse(404);
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'waiting', 'connecting', 'failed']);
    expect(followed.status).toBe('completed');
  });

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
      ['one of the platform', new DOMException('late', 'TimeoutError'), { name: 'TimeoutError', message: 'late' }],
      [
        // Angular's HttpErrorResponse looks like this.
        'what only looks like one',
        { name: 'HttpErrorResponse', message: 'Http failure', status: 401, error: {} },
        { name: 'HttpErrorResponse', message: 'Http failure', status: 401 },
      ],
      ['a status that is no number', { message: 'm', status: 'bad' }, { name: 'Error', message: 'm' }],
      ['a status that JSON cannot say', { message: 'm', status: NaN }, { name: 'Error', message: 'm' }],
      ['a name that is no text', { name: 1, message: 'm' }, { name: 'Error', message: 'm' }],
      ['text', 'gone', { name: 'Error', message: 'gone' }],
      ['a number', 42, { name: 'Error', message: '42' }],
      ['a symbol', Symbol('sign'), { name: 'Error', message: 'Symbol(sign)' }],
      ['null', null, { name: 'Error', message: 'null' }],
      ['undefined', undefined, { name: 'Error', message: 'undefined' }],
      ['an object', { code: 1 }, { name: 'Error', message: '[object Object]' }],
      ['an object that has no text', Object.create(null), { name: 'Error', message: '[object Object]' }],
    ];
    it.each(thrown)('%s', (_what, error, failure) => {
      const { followed, news } = follow(throwError(() => error));
      expect(news()).toStrictEqual([IDLE_CONNECTION, state({ status: 'failed', error: failure as never })]);
      expect(followed.status).toBe('completed');
    });
  });

  it('is always plain data: it can be cloned, and serialized as JSON and parsed again', () => {
    const { news } = follow(lifecycle({ reconnect: { count: 2, delay: 1000, jitter: 0 } }));
    server.expectConnection().open().send({ id: 'é€😀', data: 'a' }).break();
    clock.advanceTo(1000);
    server.expectConnection().refuse(503);
    clock.runOut();
    server.expectConnection().refuse(404);
    const states = news();
    expect(new Set(statuses(states)).size).toBe(5);
    for (const state of states) {
      // A property that is `undefined` would be lost in JSON.
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
      const copy = structuredClone(state);
      expect(copy).toEqual(state);
      expect(Object.keys(copy)).toEqual(Object.keys(state));
    }
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

  /** Observes the state of steps that the test plays one by one. */
  const played = (options?: ConnectionStateOptions) => {
    const steps = new Subject<Step>();
    const followed = observe(steps.pipe(connectionState({ scheduler: clock, ...options })));
    const play = (...all: Step[]) => {
      for (const step of all) steps.next(step);
      return followed.values.splice(0);
    };
    play();
    return { steps, followed, play };
  };

  it('is `paused` without an error, and ignores gaps and snapshots', () => {
    const { play } = played();
    expect(play(PAUSED, connecting(), open(), gap('', ''), { kind: 'snapshot', snapshot: 'a' })).toMatchObject([
      state({ status: 'paused' }),
      state({ status: 'connecting' }),
      state({ status: 'open' }),
    ]);
    play(text('a', 'message', '7'), waiting(1, 1000, new Error('lost')));
    expect(play(PAUSED, COMMENT)).toEqual([state({ status: 'paused', attempt: 1, lastEventId: '7' })]);
    expect(play(connecting(0, '7'))).toEqual([state({ status: 'connecting', lastEventId: '7' })]);
  });

  it('emits `waiting` twice: while the policy decides, and when it has decided', () => {
    const { play } = played();
    play(connecting(), open());
    const error = new Error('lost');
    expect(play(waiting(1, undefined, error), waiting(1, 500, error))).toMatchObject([
      { status: 'waiting', retryAt: null, error: { message: 'lost' } },
      { status: 'waiting', retryAt: 500, error: { message: 'lost' } },
    ]);
  });

  it('takes the position from `open` if it received no `connecting` step', () => {
    const { play } = played();
    expect(play(open('7'))).toEqual([state({ status: 'open', lastEventId: '7' })]);
  });

  describe('grace', () => {
    const GRACE = 2000;
    const graced = () => {
      const { play, ...rest } = played({ grace: GRACE });
      const open$ = play(connecting(), open());
      expect(statuses(open$)).toEqual(['connecting', 'open']);
      return { ...rest, play, later: (time: number) => (clock.advanceTo(clock.now() + time), play()) };
    };
    const lost = new Error('lost');

    it('hides a loss that ends in time', () => {
      const { play, later } = graced();
      expect(play(waiting(1, undefined, lost), waiting(1, 500, lost))).toEqual([]);
      expect(later(500)).toEqual([]);
      expect(play(connecting(1))).toEqual([]);
      expect(later(GRACE - 501)).toEqual([]);
      expect(play(open())).toEqual([]);
      expect(clock.timers).toBe(0);
      expect(later(2 * GRACE)).toEqual([]);
    });

    it('hides a renewal that ends in time', () => {
      const { play } = graced();
      expect(play(connecting(0, '7'), open('7'))).toEqual([]);
      expect(clock.timers).toBe(0);
    });

    it('starts again with each loss', () => {
      const { play, later } = graced();
      for (let losses = 0; losses < 5; losses++) {
        expect(play(waiting(1, 0))).toEqual([]);
        expect(later(GRACE - 1)).toEqual([]);
        expect(play(open())).toEqual([]);
        expect(later(1)).toEqual([]);
      }
    });

    it('shows the current state when it elapses, and each later state at once', () => {
      const { play, later } = graced();
      play(waiting(1, 500, lost));
      later(500);
      play(connecting(1, '7'), waiting(2, 3000, lost));
      const error = { name: 'Error', message: 'lost' };
      expect(later(GRACE - 501)).toEqual([]);
      expect(later(1)).toEqual([{ status: 'waiting', attempt: 2, retryAt: 3500, lastEventId: '7', error }]);
      expect(clock.timers).toBe(0);
      expect(play(connecting(2, '7'))).toEqual([
        { status: 'connecting', attempt: 2, retryAt: null, lastEventId: '7', error },
      ]);
      expect(play(open('7'))).toEqual([state({ status: 'open', attempt: 2, lastEventId: '7' })]);
      // The stream has opened, so the next loss is hidden again.
      expect(play(waiting(1, 500, lost))).toEqual([]);
    });

    it.each<[string, Step]>([
      ['paused', PAUSED],
      ['closed', CLOSED],
    ])('doesn’t delay the status %s', (status, step) => {
      const { play, later } = graced();
      play(waiting(1, 500, lost));
      expect(statuses(play(step))).toEqual([status]);
      expect(clock.timers).toBe(0);
      // The stream wasn't open, so the next steps aren't a loss.
      expect(statuses(play(connecting(1)))).toEqual(['connecting']);
      expect(later(2 * GRACE)).toEqual([]);
      expect(statuses(play(open()))).toEqual(['open']);
    });

    it('ends with the source, even while a state is hidden', () => {
      const { steps, followed, play } = graced();
      play(waiting(1, 500, lost));
      steps.error(new Error('gone'));
      expect(play()).toMatchObject([{ status: 'failed', error: { message: 'gone' } }]);
      expect(followed.status).toBe('completed');
      expect(clock.timers).toBe(0);

      const other = graced();
      other.play(waiting(1, 500, lost));
      other.steps.complete();
      expect(statuses(other.play())).toEqual(['closed']);
      expect(clock.timers).toBe(0);
    });

    it('leaves no timer behind on unsubscribe', () => {
      const { followed, play } = graced();
      play(waiting(1, 500, lost));
      expect(clock.timers).toBe(1);
      followed.subscription.unsubscribe();
      expect(clock.timers).toBe(0);
    });

    it('leaves nothing behind if the subscriber unsubscribes at the state that it shows', () => {
      const steps = new Subject<Step>();
      const observed = observe(
        steps.pipe(
          connectionState({ grace: GRACE, scheduler: clock }),
          takeWhile(({ status }) => status !== 'waiting', true),
        ),
      );
      for (const step of [connecting(), open(), waiting(1, 500, lost)]) steps.next(step);
      clock.advanceTo(GRACE);
      expect(statuses(observed.values)).toEqual(['idle', 'connecting', 'open', 'waiting']);
      expect(observed.status).toBe('completed');
      expect(steps.observed).toBe(false);
    });

    it('uses `asyncScheduler` by default, so a TestScheduler controls it', () => {
      marbles(({ hot, expectObservable }) => {
        const steps = { c: connecting(), o: open(), w: waiting(1, 9) };
        const source = hot('-(co)-w-o--w---o', steps).pipe(
          connectionState({ grace: 3 }),
          map(({ status }) => status.charAt(0)),
        );
        expectObservable(source, '^---------------!').toBe('i(co)---------wo');
      });
    });

    it('can be longer than the longest timer', () => {
      const { play } = played({ grace: Infinity });
      play(connecting(), open());
      expect(play(waiting(1, 0), connecting(1))).toEqual([]);
      clock.advanceTo(2 ** 30);
      expect(play()).toEqual([]);
    });

    it('equals a model for random steps', () => {
      forEachSeed(500, random => {
        const script = randomSteps(random);
        const grace = random.pick([0, 1, 10, 25, 60]) * 10;
        const own = new Clock();
        const shown: [number, ConnectionState][] = [];
        const steps = new Subject<Step>();
        steps.pipe(connectionState({ grace, scheduler: own })).subscribe(state => shown.push([own.now(), state]));
        for (const { at, step } of script) {
          own.advanceTo(at);
          if (step === 'fail') steps.error(lost);
          else if (step === 'complete') steps.complete();
          else steps.next(step);
        }
        own.runOut();
        expect(shown).toEqual(shownOf(statesOf(script), grace));
      });
    });
  });

  describeChecked('options of a wrong type', () => {
    it.each<[string, unknown, string]>([
      ['grace', -1, 'Expected milliseconds, 0 or more,'],
      ['grace', '2s', 'Expected milliseconds, 0 or more,'],
      ['scheduler', { now: () => 0 }, 'Expected a scheduler'],
    ])('throw at the call, and the error names the option: %s', (name, value, expected) => {
      expect(() => connectionState({ [name]: value })).toThrow(TypeError);
      expect(() => connectionState({ [name]: value })).toThrow(`${expected} for the option \`${name}\``);
    });

    it('throw at the call if there is no object', () => {
      expect(() => connectionState(1000 as never)).toThrow('Expected an object for the option `options`');
    });
  });

  it('emits nothing for a step that changes nothing', () => {
    const visible = new BehaviorSubject(true);
    const { news } = follow(lifecycle().pipe(whileTrue(visible)));
    server.expectConnection();
    expect(statuses(news())).toEqual(['idle', 'connecting']);
    // The same attempt starts again.
    visible.next(false);
    visible.next(true);
    expect(news()).toEqual([]);
    server.expectConnection().open();
    expect(statuses(news())).toEqual(['open']);
  });

  it('emits `closed` if the lifecycle is cut off, for example by `take` or `takeUntil`', () => {
    const { followed, news } = follow(lifecycle().pipe(take(2)));
    server.expectConnection().open();
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'closed']);
    expect(followed.status).toBe('completed');
    server.verify();
  });

  it('continues if its source connects again after `closed`', () => {
    const { news } = follow(concat(lifecycle({ reconnect: false }), lifecycle({ reconnect: false })));
    server.expectConnection().open().end();
    server.expectConnection().open().end();
    expect(statuses(news())).toEqual(['idle', 'connecting', 'open', 'closed', 'connecting', 'open', 'closed']);
  });

  it('tracks each subscription separately, starting with `idle`', () => {
    const state$ = lifecycle().pipe(connectionState({ scheduler: clock }));
    const one = observe(state$);
    server.expectConnection().open().send({ id: 1, data: 'a' });
    const other = observe(state$);
    server.expectConnection().fail();
    expect(statuses(one.values)).toEqual(['idle', 'connecting', 'open']);
    expect(statuses(other.values)).toEqual(['idle', 'connecting', 'waiting']);
    expect(other.values[0]).toEqual(IDLE_CONNECTION);
  });

  it('starts with `idle` on each repetition, even after a failure', () => {
    const observed = observe(lifecycle().pipe(connectionState({ scheduler: clock }), repeat(3)));
    server.expectConnection().refuse(404);
    server.expectConnection().refuse(204);
    server.expectConnection().refuse(403);
    expect(statuses(observed.values)).toEqual([
      ...['idle', 'connecting', 'failed'],
      ...['idle', 'connecting', 'closed'],
      ...['idle', 'connecting', 'failed'],
    ]);
    expect(observed.values[3]).toEqual(IDLE_CONNECTION);
    expect(observed.status).toBe('completed');
  });

  describe('unsubscribing', () => {
    const fail = () => server.expectConnection().fail();
    it.each<[ConnectionState['status'], () => void]>([
      ['connecting', () => void server.expectConnection()],
      ['open', () => void server.expectConnection().open().send('a')],
      ['waiting', fail],
    ])('leaves nothing behind while the status is %s', (status, come) => {
      const { followed, news } = follow();
      come();
      expect(news().at(-1)?.status).toBe(status);
      followed.subscription.unsubscribe();
      server.verify();
      expect(clock.timers).toBe(0);
      expect(news()).toEqual([]);
    });

    it.each(['idle', 'connecting', 'open', 'waiting'])(
      'inside `next` leaves nothing behind, at the status %s',
      last => {
        const script = fakeEventSource(connection => connection.open().end());
        const source = lifecycle({ fetch: script.fetch }).pipe(connectionState({ scheduler: clock }));
        const observed = observe(source.pipe(takeWhile(({ status }) => status !== last, true)));
        expect(observed.values.at(-1)?.status).toBe(last);
        expect(observed.status).toBe('completed');
        script.verify();
        expect(clock.timers).toBe(0);
      },
    );
  });
});
