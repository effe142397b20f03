import { noAnswer, noWait } from '#texts';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  config as rxjsConfig,
  concat,
  defer,
  EMPTY,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  ConnectionError,
  ContentTypeError,
  reconnect,
  type ReconnectAttempt,
  type ReconnectPolicy,
  ResponseStatusError,
  StreamEndedError,
} from '../../src/index.js';
import { MAX_WAIT } from '../../src/life/backoff.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';

const lost = () => new Error('lost');
const failure = (attempt: number) => new Error(`failure ${attempt}`);

/** Fails `times` times, with `failure(1)`, `failure(2)` and so on, and then emits `ok` and completes. */
function failing(times: number): Observable<string> {
  let attempts = 0;
  return defer(() => (attempts++ < times ? throwError(() => failure(attempts)) : of('ok')));
}

/** Returns how a source ends under a policy, and the total time of its waits. */
function outcome(source: Observable<unknown>, policy: ReconnectPolicy) {
  const scheduler = new VirtualTimeScheduler();
  const observed = observe(source.pipe(reconnect({ jitter: 0, ...policy }, scheduler)));
  scheduler.flush();
  const { values, error, status } = observed;
  return { values, error, status, after: scheduler.now() };
}

/** Returns the values of a source under a policy with Promises, once it completes. */
const settled = (source: Observable<unknown>, policy: ReconnectPolicy) =>
  observe(source.pipe(reconnect({ delay: 0, ...policy }))).completed();

describe('reconnect', () => {
  it('resubscribes to a failed source after growing waits, one subscription at a time', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--#');
      const result = source.pipe(reconnect({ count: 3, delay: 2, maxDelay: 5, jitter: 0 }));
      // Each attempt takes 2 ms; the waits are 2, 4 and 5 ms.
      expectObservable(result).toBe('-------------------#');
      expectSubscriptions(source.subscriptions).toBe(['^-!', '----^-!', '----------^-!', '-----------------^-!']);
    });
  });

  it('errors with the last error when the count is spent', () => {
    expect(outcome(failing(9), { count: 2, delay: 10 })).toMatchObject({ error: failure(3), after: 30 });
    expect(outcome(failing(9), { count: 0 })).toMatchObject({ error: failure(1), after: 0 });
    expect(outcome(failing(2), { count: 2, delay: 10 })).toMatchObject({ values: ['ok'], status: 'completed' });
  });

  it('resets the count and the waits with each value', () => {
    marbles(({ cold, expectObservable }) => {
      const script = [cold('#'), cold('#'), cold('a#'), cold('#'), cold('#'), cold('#')];
      const result = defer(() => script.shift() ?? EMPTY).pipe(reconnect({ count: 2, delay: 2, jitter: 0 }));
      // Waits of 2 and 4 ms, the value and 1 ms, waits of 2 and 4 ms, and the third failure in a row.
      expectObservable(result).toBe('------a------#');
    });
  });

  it('counts separately for each subscription', () => {
    const scheduler = new VirtualTimeScheduler();
    const source = throwError(lost).pipe(reconnect({ count: 1, delay: 10, jitter: 0 }, scheduler));
    const ends: number[] = [];
    for (let time = 1; time <= 2; time++) {
      source.subscribe({ error: () => ends.push(scheduler.now()) });
      scheduler.flush();
    }
    expect(ends).toEqual([10, 20]);
  });

  it('waits on asyncScheduler unless you pass another scheduler', async () => {
    expect(await observe(failing(3).pipe(reconnect({ delay: 1 }))).completed()).toEqual(['ok']);
  });

  it('doesn’t grow the stack if source and waits are synchronous [pitfall 8]', () => {
    const policy = { count: 10_000, delay: () => of(0) };
    expect(outcome(failing(Infinity), policy)).toMatchObject({ error: failure(10001) });
    expect(outcome(failing(10_000), policy)).toMatchObject({ values: ['ok'] });

    let ends = 0;
    const source = defer(() => (ends++, EMPTY));
    expect(outcome(source, { ...policy, onEnd: true }).status).toBe('completed');
    expect(ends).toBe(10_001);
  });

  it('tears down the previous attempt before the next one starts, even without a wait', () => {
    let live = 0;
    let most = 0;
    const attempts = [new Subject(), new Subject(), new Subject()] as const;
    let made = 0;
    const source = new Observable(subscriber => {
      most = Math.max(most, ++live);
      subscriber.add(attempts[made++]?.subscribe(subscriber));
      return () => live--;
    });
    const { subscription } = observe(source.pipe(reconnect({ delay: () => of(0), onEnd: true })));
    attempts[0].error(lost());
    attempts[1].complete();
    expect({ made, live, most }).toEqual({ made: 3, live: 1, most: 1 });
    subscription.unsubscribe();
    expect(live).toBe(0);
  });

  describe('when', () => {
    it('is called with the error and the failed attempt: its count of earlier failures, and why it was made', () => {
      const asked: unknown[] = [];
      const when = (error: unknown, attempt: ReconnectAttempt) => void asked.push(error, attempt);
      outcome(failing(2), { when });
      expect(asked).toEqual([failure(1), { count: 0 }, failure(2), { count: 1, error: failure(1) }]);
    });

    it('is called with a count of 0 if the attempt emitted a value', () => {
      const asked: unknown[] = [];
      const when = (error: unknown, attempt: ReconnectAttempt) => void asked.push(error, attempt);
      const script = [
        throwError(() => failure(1)),
        concat(
          of('a'),
          throwError(() => failure(2)),
        ),
      ];
      expect(
        outcome(
          defer(() => script.shift() ?? EMPTY),
          { when, delay: 10 },
        ).after,
      ).toBe(20);
      expect(asked).toEqual([failure(1), { count: 0 }, failure(2), { count: 0, error: failure(1) }]);
    });

    it.each<[string, ReconnectPolicy['when'], number]>([
      ['true', () => true, 3000],
      ['undefined', () => undefined, 3000],
      ['milliseconds', () => 5, 5],
      ['0', () => 0, 0],
      ['milliseconds beyond what timers know', () => Infinity, MAX_WAIT],
      ['an Observable of true', () => of(true), 3000],
      ['an Observable of milliseconds, of which the first count', () => of(5, 7), 5],
    ])('reconnects if it returns %s', (_name, when, after) => {
      expect(outcome(failing(1), { when })).toMatchObject({ values: ['ok'], status: 'completed', after });
    });

    it('waits for the first value of an Observable, and then unsubscribes from it', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const decision = cold('---a---b', { a: true, b: false });
        const result = failing(1).pipe(reconnect({ delay: 2, jitter: 0, when: () => decision }));
        expectObservable(result).toBe('-----(a|)', { a: 'ok' });
        expectSubscriptions(decision.subscriptions).toBe('^--!');
      });
    });

    it('can return a Promise', async () => {
      expect(await settled(failing(2), { when: () => Promise.resolve(true) })).toEqual(['ok']);
      expect(await settled(failing(2), { when: () => Promise.resolve(0) })).toEqual(['ok']);
      expect(await settled(failing(2), { when: () => Promise.resolve(undefined) })).toEqual(['ok']);
      await expect(settled(failing(2), { when: () => Promise.resolve(false) })).rejects.toThrow('failure 1');
      await expect(settled(failing(2), { when: () => Promise.reject(new Error('refresh')) })).rejects.toThrow(
        'refresh',
      );
    });

    it.each<[string, ReconnectPolicy['when'], unknown]>([
      ['the failure where it says false', () => false, failure(1)],
      ['the failure where its Observable says false', () => of(false), failure(1)],
      [
        'what it throws',
        () => {
          throw new RangeError('mine');
        },
        new RangeError('mine'),
      ],
      ['what its Observable errors with', () => throwError(() => new RangeError('mine')), new RangeError('mine')],
    ])('ends the stream with %s', (_name, when, error) => {
      expect(outcome(failing(9), { when })).toMatchObject({ values: [], error, after: 0 });
    });

    it.each([NaN, -1, 'yes', {}])('ends the stream with a TypeError that names it if it returns %p', answer => {
      const { error } = outcome(failing(9), { when: () => answer as number });
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toEqual(new TypeError(noWait('reconnect.when', answer)));
    });

    it('ends the stream with an error that names it if its Observable is empty', () => {
      expect(String(outcome(failing(9), { when: () => EMPTY }).error)).toMatch(noAnswer('reconnect.when'));
    });
  });

  describe('delay', () => {
    it('is called with the next attempt', () => {
      const asked: ReconnectAttempt[] = [];
      const delay = (attempt: ReconnectAttempt) => (asked.push(attempt), attempt.count * 10);
      expect(outcome(failing(3), { delay, maxDelay: 1 })).toMatchObject({ values: ['ok'], after: 60 });
      expect(asked).toEqual([1, 2, 3].map(count => ({ count, error: failure(count) })));
    });

    it('waits for the first value of an Observable, not for its completion', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const wait = cold('---a---b');
        expectObservable(failing(1).pipe(reconnect({ delay: () => wait }))).toBe('---(a|)', { a: 'ok' });
        expectSubscriptions(wait.subscriptions).toBe('^--!');
      });
    });

    it('waits for a Promise', async () => {
      expect(await settled(failing(2), { delay: () => Promise.resolve() })).toEqual(['ok']);
      await expect(settled(failing(2), { delay: () => Promise.reject(new Error('mine')) })).rejects.toThrow('mine');
    });

    it('completes the stream if its Observable completes without a value', () => {
      expect(outcome(failing(9), { delay: () => EMPTY })).toMatchObject({ values: [], status: 'completed' });
    });

    it.each<[string, ReconnectPolicy['delay']]>([
      [
        'throws',
        () => {
          throw new RangeError('mine');
        },
      ],
      ['answers with an Observable that errors', () => throwError(() => new RangeError('mine'))],
    ])('ends the stream with the error if it %s', (_name, delay) => {
      expect(outcome(failing(9), { delay })).toMatchObject({ error: new RangeError('mine'), after: 0 });
    });

    it.each([NaN, -1, undefined, null, '500', {}, []])(
      'ends the stream with a TypeError that names it if it returns %p',
      answer => {
        const { error } = outcome(failing(9), { delay: () => answer as number });
        expect(error).toBeInstanceOf(TypeError);
        expect(error).toEqual(new TypeError(noWait('reconnect.delay', answer)));
      },
    );

    it('is capped at the longest possible timer', () => {
      expect(outcome(failing(1), { delay: () => 2 ** 40 }).after).toBe(MAX_WAIT);
    });
  });

  describe('onEnd', () => {
    it('is false by default: the stream completes with the source', () => {
      marbles(({ cold, expectObservable }) => {
        expectObservable(cold('a-|').pipe(reconnect())).toBe('a-|');
      });
    });

    it('resubscribes to a completed source after a wait', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a-|');
        const result = source.pipe(reconnect({ onEnd: true, delay: 3, jitter: 0 }));
        expectObservable(result, '------------!').toBe('a----a----a--');
        expectSubscriptions(source.subscriptions).toBe(['^-!', '-----^-!', '----------^-!']);
      });
    });

    it('counts an end without a value as a failure, and completes when the count is spent', () => {
      expect(outcome(EMPTY, { onEnd: true, count: 3, delay: 10 })).toMatchObject({ status: 'completed', after: 70 });
    });

    it('calls `when` with a StreamEndedError, and doesn’t pass the error to `delay`', () => {
      const asked: unknown[] = [];
      const delay = (attempt: ReconnectAttempt) => (asked.push(attempt), 0);
      const when = (error: unknown, attempt: ReconnectAttempt) => void asked.push([error, attempt]);
      outcome(EMPTY, { onEnd: true, count: 1, delay, when });
      expect(asked).toEqual([[expect.any(StreamEndedError), { count: 0 }], { count: 1 }]);
    });

    it('completes if `when` returns false for a clean end, and errors with what `when` throws', () => {
      const no = outcome(of('a'), { onEnd: true, when: () => false });
      expect(no).toMatchObject({ values: ['a'], status: 'completed', after: 0 });
      const when = () => {
        throw new RangeError('mine');
      };
      expect(outcome(of('a'), { onEnd: true, when })).toMatchObject({ values: ['a'], error: new RangeError('mine') });
    });

    it('waits for the time that `when` returns', () => {
      expect(outcome(EMPTY, { onEnd: true, count: 1, when: () => 70 })).toMatchObject({
        status: 'completed',
        after: 70,
      });
    });
  });

  describe('wake', () => {
    const policy = { delay: 5, jitter: 0 };

    it('ends a wait when it emits, and is subscribed to only during waits [pitfall 19]', () => {
      marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const source = cold('--#');
        const wake = hot('  -w-w----w');
        expectObservable(source.pipe(reconnect({ ...policy, count: 2, wake }))).toBe('----------#');
        expectSubscriptions(source.subscriptions).toBe(['^-!', '---^-!', '--------^-!']);
        expectSubscriptions(wake.subscriptions).toBe(['--^!', '-----^--!']);
      });
    });

    it('clears the timer of the wait that it ends', () => {
      const scheduler = new VirtualTimeScheduler();
      const wake = new Subject<void>();
      const attempts: Subject<string>[] = [];
      const source = defer(() => (attempts.push(new Subject()), attempts.at(-1) ?? EMPTY));
      const { subscription } = observe(source.pipe(reconnect({ wake }, scheduler)));
      attempts[0]?.error(lost());
      expect(scheduler.actions).toHaveLength(1);
      wake.next();
      expect(attempts).toHaveLength(2);
      expect(scheduler.actions).toHaveLength(0);
      expect(wake.observed).toBe(false);
      subscription.unsubscribe();
    });

    it('ends the wait of a `delay` function', () => {
      marbles(({ hot, expectObservable }) => {
        const wake = hot('--w');
        expectObservable(failing(1).pipe(reconnect({ delay: () => NEVER, wake }))).toBe('--(a|)', { a: 'ok' });
      });
    });

    it('doesn’t end a wait with a replayed value', () => {
      const wake = new BehaviorSubject(true);
      expect(outcome(failing(1), { ...policy, wake })).toMatchObject({ values: ['ok'], after: 5 });
    });

    it('can complete without ending the wait', () => {
      expect(outcome(failing(2), { ...policy, wake: EMPTY })).toMatchObject({ values: ['ok'], after: 15 });
      marbles(({ cold, expectObservable }) => {
        expectObservable(failing(1).pipe(reconnect({ ...policy, wake: cold('--|') }))).toBe('-----(a|)', { a: 'ok' });
      });
    });

    it('ends the stream with its error', () => {
      const wake = throwError(lost);
      expect(outcome(failing(9), { ...policy, wake })).toMatchObject({ error: lost(), after: 0 });
    });
  });

  describe('after an EventSourceError', () => {
    const refused = (status: number, retryAfter?: number) =>
      new ResponseStatusError('refused', { status, headers: new Headers(), body: '', retryAfter });
    /** Fails once with `error`, and then emits `ok`. */
    const once = (error: Error) => {
      let failed = false;
      return defer(() => (failed ? of('ok') : ((failed = true), throwError(() => error))));
    };

    it('lets the error decide whether to retry, unless `when` decides', () => {
      const final = new ContentTypeError('html', { contentType: 'text/html' });
      expect(outcome(once(final), {})).toMatchObject({ error: final, after: 0 });
      expect(outcome(once(refused(404)), {})).toMatchObject({ status: 'failed' });
      expect(outcome(once(final), { when: () => true })).toMatchObject({ values: ['ok'], after: 3000 });

      expect(outcome(once(new ConnectionError('lost')), {})).toMatchObject({ values: ['ok'], after: 3000 });
      expect(outcome(once(refused(503)), {})).toMatchObject({ values: ['ok'], after: 3000 });
      expect(outcome(once(refused(503)), { when: () => false })).toMatchObject({ status: 'failed', after: 0 });
    });

    it('waits as long as the server requested, if that is longer [pitfall 15]', () => {
      expect(outcome(once(refused(503, 60_000)), { delay: 10 }).after).toBe(60_000);
      expect(outcome(once(refused(503, 60_000)), { when: () => true }).after).toBe(60_000);
      expect(outcome(once(refused(503, 1000)), {}).after).toBe(3000);
      expect(outcome(once(refused(503, 60_000)), { when: () => 5 }).after).toBe(60_000);
    });
  });

  describe('unsubscribing', () => {
    it('clears the timer and unsubscribes from `wake` during a wait [pitfall 5]', () => {
      marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const source = cold('-#');
        const wake = hot('-');
        expectObservable(source.pipe(reconnect({ delay: 5, jitter: 0, wake })), '---!').toBe('----------');
        expectSubscriptions(source.subscriptions).toBe('^!');
        expectSubscriptions(wake.subscriptions).toBe('-^-!');
      });
    });

    it('unsubscribes from the Observable of `when` and of `delay`', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const when = cold<boolean>('-----');
        expectObservable(failing(1).pipe(reconnect({ when: () => when })), '---!').toBe('-----');
        expectSubscriptions(when.subscriptions).toBe('^--!');

        const wait = cold('-----');
        expectObservable(failing(1).pipe(reconnect({ delay: () => wait })), '---!').toBe('-----');
        expectSubscriptions(wait.subscriptions).toBe('^--!');
      });
    });

    it.each(['when', 'delay'] as const)('inside `%s` stops reconnecting', asked => {
      const scheduler = new VirtualTimeScheduler();
      const attempt = new Subject<string>();
      let attempts = 0;
      const leave = () => (subscription.unsubscribe(), 0);
      const source = defer(() => (attempts++, attempt));
      const { subscription } = observe(source.pipe(reconnect({ [asked]: leave }, scheduler)));
      attempt.error(lost());
      scheduler.flush();
      expect(attempts).toBe(1);
      expect(scheduler.now()).toBe(0);
    });

    it('inside `next` stops reconnecting, even with a synchronous source', () => {
      let attempts = 0;
      const source = defer(() => concat(of(++attempts, -attempts), throwError(lost)));
      // The operator `take` unsubscribes, because the subscription isn't assigned yet.
      const { values } = observe(source.pipe(reconnect({ delay: () => of(0) }), take(5)));
      expect(values).toEqual([1, -1, 2, -2, 3]);
      expect(attempts).toBe(3);
    });
  });

  describe('an exception in the observer', () => {
    afterEach(() => {
      rxjsConfig.onUnhandledError = null;
    });

    it('isn’t treated as a failure of the source', async () => {
      const reported = new Promise(resolve => (rxjsConfig.onUnhandledError = resolve));
      const source = new Subject<string>();
      let attempts = 0;
      const values: string[] = [];
      defer(() => (attempts++, source))
        .pipe(reconnect({ delay: () => of(0) }))
        .subscribe(value => {
          values.push(value);
          if (value === 'a') throw new Error('mine');
        });
      source.next('a');
      source.next('b');
      expect(await reported).toEqual(new Error('mine'));
      expect({ attempts, values }).toEqual({ attempts: 1, values: ['a', 'b'] });
    });
  });

  itChecked.each<[string, unknown, string]>([
    ['reconnect', 500, 'an object or false for the option `reconnect`, but got 500 (number)'],
    ['count', '3', 'a number, 0 or more, for the option `reconnect.count`, but got "3" (string)'],
    ['count', -1, 'a number, 0 or more, for the option `reconnect.count`, but got -1 (number)'],
    ['delay', '1s', 'milliseconds, 0 or more, for the option `reconnect.delay`, but got "1s" (string)'],
    ['maxDelay', NaN, 'milliseconds, 0 or more, for the option `reconnect.maxDelay`, but got NaN (number)'],
    ['factor', 0, 'a number, 1 or more, for the option `reconnect.factor`, but got 0 (number)'],
    ['jitter', 2, 'a number from 0 to 1 for the option `reconnect.jitter`, but got 2 (number)'],
    ['when', true, 'a function for the option `reconnect.when`, but got true (boolean)'],
    ['onEnd', 1, 'a boolean for the option `reconnect.onEnd`, but got 1 (number)'],
    ['serverDelay', 1, 'a boolean or a function for the option `reconnect.serverDelay`, but got 1 (number)'],
    ['wake', Promise, 'an Observable for the option `reconnect.wake`, but got'],
  ])('throws at the call for a wrong %s: %p', (name, value, message) => {
    const policy = (name === 'reconnect' ? value : { [name]: value }) as ReconnectPolicy;
    expect(() => reconnect(policy)).toThrow(TypeError);
    expect(() => reconnect(policy)).toThrow(message);
  });
});
