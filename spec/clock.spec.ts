import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { MAX_THROTTLING, monotonic, platformTime, sleptFor } from '../src/clock.js';
import { marbles } from './support/virtual-marbles.js';

const HOUR = 3_600_000;

describe('monotonic', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it("is the platform's own clock beside the wall's time, and does not go back with it [pitfall 43]", () => {
    const now = monotonic(asyncScheduler);
    expect(now).toBe(platformTime);
    const before = now();
    const wall = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => wall - HOUR);
    expect(now()).toBeGreaterThanOrEqual(before);
    expect(now()).toBeLessThan(before + HOUR);
  });

  it("is a virtual scheduler's own time", () => {
    const scheduler = new VirtualTimeScheduler();
    const now = monotonic(scheduler);
    scheduler.schedule(() => undefined, HOUR);
    expect(now()).toBe(0);
    scheduler.flush();
    expect(now()).toBe(HOUR);
  });

  it('is the time of a TestScheduler that runs, by `asyncScheduler` as well', () => {
    marbles(({ cold, flush }) => {
      const now = monotonic(asyncScheduler);
      const times: number[] = [];
      cold('a 9ms b 59s c|').subscribe(() => times.push(now()));
      flush();
      expect(times).toEqual([0, 10, 59_011]);
    });
    expect(monotonic(asyncScheduler)).toBe(platformTime);
  });

  it('goes with the fake timers of jest, which hold every clock, and not with the date that they are set to', () => {
    jest.useFakeTimers();
    const now = monotonic(asyncScheduler);
    const start = now();
    jest.advanceTimersByTime(HOUR);
    expect(now() - start).toBe(HOUR);
    jest.setSystemTime(0);
    expect(now() - start).toBe(HOUR);
  });

  it('goes with fake timers that hold `Date` and not `performance`', () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    const now = monotonic(asyncScheduler);
    const start = now();
    jest.advanceTimersByTime(HOUR);
    expect(now() - start).toBe(HOUR);
  });
});

describe('sleptFor', () => {
  const from = { steady: 500, wall: 1_767_225_600_000 };
  const after = (steady: number, wall: number) => ({ steady: from.steady + steady, wall: from.wall + wall });

  it.each([
    ['a timer on time', 20_000, 20_000, 0],
    ['a timer of a hidden tab, a minute late', 80_000, 80_000, 0],
    ['a timer as late as can be', 20_000 + MAX_THROTTLING, 20_000 + MAX_THROTTLING, 0],
    ['a clock set back by an hour', 20_000, 20_000 - HOUR, 0],
    ['a clock set back by a month', 20_000, 20_000 - 720 * HOUR, 0],
    ['a sleep in which the steady clock stood still', 20_000, 20_000 + HOUR, HOUR],
    ['a sleep in which it went on', 20_000 + HOUR, 20_000 + HOUR, HOUR],
    ['a sleep, and the clock set back', 20_000 + HOUR, 20_000, HOUR],
    ['a clock set forward, which looks like a sleep', 20_000, 20_000 + HOUR, HOUR],
  ])('%s', (_, steady, wall, slept) => {
    expect(Math.max(0, sleptFor(from, after(steady, wall), 20_000))).toBe(slept);
  });

  it('takes less of a delay for a sleep if no timer is throttled', () => {
    expect(sleptFor(from, after(50_000, 50_000), 20_000, 0)).toBe(30_000);
    expect(sleptFor(from, after(20_000, 20_000), 20_000, 0)).toBe(0);
    // An event came before the timer.
    expect(sleptFor(from, after(5000, 5000), 20_000, 0)).toBe(0);
  });
});
