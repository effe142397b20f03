import { afterEach, describe, expect, it } from '@jest/globals';
import {
  concat,
  config as rxjsConfig,
  defer,
  EMPTY,
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
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { failing, failure, lost, outcome } from './reconnect-outcome.js';

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
