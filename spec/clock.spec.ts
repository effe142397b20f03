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

  it("uses the platform's own clock, which doesn't go back with the wall clock [pitfall 43]", () => {
    const now = monotonic(asyncScheduler);
    expect(now).toBe(platformTime);
    const before = now();
    const wall = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => wall - HOUR);
    expect(now()).toBeGreaterThanOrEqual(before);
    expect(now()).toBeLessThan(before + HOUR);
  });

  it("uses a virtual scheduler's own time", () => {
    const scheduler = new VirtualTimeScheduler();
    const now = monotonic(scheduler);
    scheduler.schedule(() => undefined, HOUR);
    expect(now()).toBe(0);
    scheduler.flush();
    expect(now()).toBe(HOUR);
  });

  it('uses the time of a running TestScheduler, also for `asyncScheduler`', () => {
    marbles(({ cold, flush }) => {
      const now = monotonic(asyncScheduler);
      const times: number[] = [];
      cold('a 9ms b 59s c|').subscribe(() => times.push(now()));
      flush();
      expect(times).toEqual([0, 10, 59_011]);
    });
    expect(monotonic(asyncScheduler)).toBe(platformTime);
  });

  it('follows fake timers of jest that replace all clocks, but not the date that they are set to', () => {
    jest.useFakeTimers();
    const now = monotonic(asyncScheduler);
    const start = now();
    jest.advanceTimersByTime(HOUR);
    expect(now() - start).toBe(HOUR);
    jest.setSystemTime(0);
    expect(now() - start).toBe(HOUR);
  });

  it('follows fake timers that replace `Date` but not `performance`', () => {
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
    ['counts no sleep for a timer on time', 20_000, 20_000, 0],
    ['counts no sleep for a timer of a hidden tab that is a minute late', 80_000, 80_000, 0],
    ['counts no sleep for a timer with the longest throttling', 20_000 + MAX_THROTTLING, 20_000 + MAX_THROTTLING, 0],
    ['counts no sleep if the clock is set back by an hour', 20_000, 20_000 - HOUR, 0],
    ['counts no sleep if the clock is set back by a month', 20_000, 20_000 - 720 * HOUR, 0],
    ['counts a sleep in which the steady clock stood still', 20_000, 20_000 + HOUR, HOUR],
    ['counts a sleep in which the steady clock continued', 20_000 + HOUR, 20_000 + HOUR, HOUR],
    ['counts a sleep after which the clock is set back', 20_000 + HOUR, 20_000, HOUR],
    ['counts the time by which the clock is set forward as sleep', 20_000, 20_000 + HOUR, HOUR],
  ])('%s', (_, steady, wall, slept) => {
    expect(Math.max(0, sleptFor(from, after(steady, wall), 20_000))).toBe(slept);
  });

  it('counts even a short delay as sleep if timers aren’t throttled', () => {
    expect(sleptFor(from, after(50_000, 50_000), 20_000, 0)).toBe(30_000);
    expect(sleptFor(from, after(20_000, 20_000), 20_000, 0)).toBe(0);
    // An event arrived before the timer fired.
    expect(sleptFor(from, after(5000, 5000), 20_000, 0)).toBe(0);
  });
});
