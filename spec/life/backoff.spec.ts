import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { concat, type Observable, of, retry, throwError, VirtualTimeScheduler } from 'rxjs';
import { backoff, type BackoffConfig } from '../../src/index.js';
import { Backoff, MAX_WAIT } from '../../src/life/backoff.js';
import { itChecked } from '../support/checked.js';
import { marbles } from '../support/virtual-marbles.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Returns the waits after 1 to `failures` failures in a row. */
const waits = (config: BackoffConfig, failures = 7) => {
  const own = new Backoff(config);
  return Array.from({ length: failures }, (_, index) => own.waitAfter(index + 1));
};

describe('Backoff', () => {
  it('doubles from 3 s up to 30 s by default, and cuts each wait by up to half', () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0);
    expect(waits({})).toEqual([3000, 6000, 12_000, 24_000, 30_000, 30_000, 30_000]);
    random.mockReturnValue(0.5);
    expect(waits({}, 5)).toEqual([2250, 4500, 9000, 18_000, 22_500]);
  });

  it('grows by the factor, and stays constant with a factor of 1', () => {
    expect(waits({ delay: 10, factor: 3, jitter: 0 }, 4)).toEqual([10, 30, 90, 270]);
    expect(waits({ delay: 10, factor: 1, jitter: 0 }, 4)).toEqual([10, 10, 10, 10]);
    expect(waits({ delay: 10, factor: 1.5, jitter: 0 }, 4)).toEqual([10, 15, 23, 34]);
    expect(waits({ delay: 10, factor: Infinity, jitter: 0 }, 3)).toEqual([10, 30_000, 30_000]);
  });

  it('allows a delay that is longer than the default cap, but not longer than a given cap', () => {
    expect(waits({ delay: 60_000, jitter: 0 }, 3)).toEqual([60_000, 60_000, 60_000]);
    expect(waits({ delay: 60_000, maxDelay: 1000, jitter: 0 }, 2)).toEqual([1000, 1000]);
  });

  it('stays 0 after any number of failures', () => {
    expect(waits({ delay: 0 }, 3)).toEqual([0, 0, 0]);
    expect(new Backoff({ delay: 0 }).waitAfter(5000)).toBe(0);
  });

  it('never exceeds the maximum of the platforms’ timers', () => {
    const huge = { delay: Infinity, maxDelay: Infinity, jitter: 0 };
    expect(waits(huge, 2)).toEqual([2 ** 31 - 1, 2 ** 31 - 1]);
    expect(new Backoff({ ...huge, delay: 1 }).waitAfter(5000)).toBe(MAX_WAIT);
  });

  it('is a whole number of milliseconds between the jittered and the full wait', () => {
    const config = fc.record({
      delay: fc.nat(100_000),
      maxDelay: fc.nat(10_000_000),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(config, fc.integer({ min: 1, max: 2000 }), random, (config, failures, share) => {
        const { delay, maxDelay, factor, jitter } = config;
        jest.spyOn(Math, 'random').mockReturnValue(share);
        const wait = new Backoff(config).waitAfter(failures);
        const full = delay === 0 ? 0 : Math.min(delay * factor ** (failures - 1), maxDelay);
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeLessThanOrEqual(Math.round(full));
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
      }),
    );
  });

  it('clamps the server’s delay to between 100 ms and an hour, and grows from there [pitfall 11]', () => {
    const own = new Backoff({ maxDelay: 5000, jitter: 0 });
    const hour = 3_600_000;
    expect([0, 99, 100, 1500, 5001, Infinity].map(ms => own.setDelay(ms))).toEqual([100, 100, 100, 1500, 5001, hour]);

    expect(own.setDelay(200)).toBe(200);
    expect([1, 2, 3].map(failures => own.waitAfter(failures))).toEqual([200, 400, 800]);
  });

  it('accepts less than 100 ms from the server only if its own delay is less', () => {
    expect(new Backoff({ delay: 40 }).setDelay(0)).toBe(40);
    expect(new Backoff({ delay: 0 }).setDelay(0)).toBe(0);
    expect(new Backoff({ maxDelay: 50 }).setDelay(0)).toBe(100);
  });

  it('never goes below the server’s delay, even if `maxDelay` is less: jitter is added to it [pitfalls 11, 47]', () => {
    const settings = fc.record({
      delay: fc.nat(100_000),
      maxDelay: fc.nat(100_000),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const asked = fc.nat(4_000_000);
    fc.assert(
      fc.property(settings, asked, fc.integer({ min: 1, max: 50 }), random, (config, retry, count, share) => {
        jest.spyOn(Math, 'random').mockReturnValue(share);
        const own = new Backoff(config);
        const floor = own.setDelay(retry);
        const wait = own.waitAfter(count);
        expect(wait).toBeGreaterThanOrEqual(floor);
        expect(wait).toBeLessThanOrEqual(Math.max(config.maxDelay, Math.round(floor * (1 + config.jitter))));
        expect(own.atLeast(floor)).toBeGreaterThanOrEqual(floor);
      }),
    );
  });

  it('spreads clients that a server sent away together [pitfall 47]', () => {
    const waits = Array.from({ length: 200 }, () => new Backoff({}).atLeast(10_000));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });
});

describe('backoff', () => {
  const failing = (value: string): Observable<string> =>
    concat(
      of(value),
      throwError(() => new Error('lost')),
    );

  it('is the `delay` of `retry`', () => {
    marbles(({ expectObservable }) => {
      const source = failing('a').pipe(retry({ count: 4, delay: backoff({ delay: 2, maxDelay: 7, jitter: 0 }) }));
      // Waits of 2, 4, 7 and 7 ms.
      expectObservable(source).toBe('a-a---a------a------(a#)', undefined, new Error('lost'));
    });
  });

  it('starts again with `resetOnSuccess`', () => {
    marbles(({ expectObservable }) => {
      const source = failing('a').pipe(retry({ delay: backoff({ delay: 2, jitter: 0 }), resetOnSuccess: true }));
      expectObservable(source, '-------!').toBe('a-a-a-a');
    });
  });

  it('has a default for every option', () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    marbles(({ expectObservable }) => expectObservable(backoff()('lost', 2)).toBe('6s (a|)', { a: 0 }));
  });

  it('runs on the given scheduler, and clears its timer when it is unsubscribed', () => {
    const scheduler = new VirtualTimeScheduler();
    const wait = backoff({ jitter: 0 }, scheduler)('lost', 2);
    const ends: string[] = [];
    wait.subscribe(() => ends.push('heard'));
    wait.subscribe(() => ends.push('unheard')).unsubscribe();
    scheduler.flush();
    expect(ends).toEqual(['heard']);
    expect(scheduler.now()).toBe(6000);
  });

  itChecked.each<[string, unknown, string]>([
    ['delay', '500', 'Expected milliseconds, 0 or more, for the option `backoff.delay`, but got "500" (string)'],
    ['delay', -1, 'Expected milliseconds, 0 or more, for the option `backoff.delay`, but got -1 (number)'],
    ['delay', NaN, 'Expected milliseconds, 0 or more, for the option `backoff.delay`, but got NaN (number)'],
    ['maxDelay', null, 'Expected milliseconds, 0 or more, for the option `backoff.maxDelay`, but got null (object)'],
    ['factor', 0.5, 'Expected a number, 1 or more, for the option `backoff.factor`, but got 0.5 (number)'],
    ['jitter', 1.1, 'Expected a number from 0 to 1 for the option `backoff.jitter`, but got 1.1 (number)'],
    ['jitter', true, 'Expected a number from 0 to 1 for the option `backoff.jitter`, but got true (boolean)'],
  ])('refuses %s: %p', (name, value, message) => {
    expect(() => backoff({ [name]: value })).toThrow(new TypeError(message));
  });

  itChecked.each<[unknown]>([[500], [null], ['500']])('refuses a config that isn’t an object: %p', config => {
    expect(() => backoff(config as BackoffConfig)).toThrow(/Expected an object .* `backoff`/);
  });
});
