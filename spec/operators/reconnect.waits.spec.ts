import { noAnswer, noWait } from '#texts';
import { describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  concat,
  defer,
  EMPTY,
  NEVER,
  type Observable,
  of,
  Subject,
  throwError,
  VirtualTimeScheduler,
} from 'rxjs';
import { reconnect, type ReconnectAttempt, type ReconnectPolicy } from '../../src/index.js';
import { MAX_WAIT } from '../../src/life/backoff.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { failing, failure, lost, outcome } from './reconnect-outcome.js';

/** Returns the values of a source under a policy with Promises, once it completes. */
const settled = (source: Observable<unknown>, policy: ReconnectPolicy) =>
  observe(source.pipe(reconnect({ delay: 0, ...policy }))).completed();

describe('reconnect', () => {
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
      ['more milliseconds than a timer can wait', () => Infinity, MAX_WAIT],
      ['an Observable of true', () => of(true), 3000],
      ['an Observable of milliseconds, and uses its first value', () => of(5, 7), 5],
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
      ['the error of the source if it returns false', () => false, failure(1)],
      ['the error of the source if its Observable emits false', () => of(false), failure(1)],
      [
        'the error that it throws',
        () => {
          throw new RangeError('mine');
        },
        new RangeError('mine'),
      ],
      ['the error of its Observable', () => throwError(() => new RangeError('mine')), new RangeError('mine')],
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
      ['returns an Observable that errors', () => throwError(() => new RangeError('mine'))],
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
});
