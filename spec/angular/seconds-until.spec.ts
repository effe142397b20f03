/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { ApplicationRef, Component, effect, Injector, provideZonelessChangeDetection, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { eventSourceResource, secondsUntil } from '../../src/angular/index.js';
import { itChecked } from '../support/checked.js';
import { LateClock } from '../support/late-clock.js';

const bed = useResourceBed();
const advance = (milliseconds: number) => {
  bed.clock.advanceTo(bed.clock.now() + milliseconds);
  TestBed.tick();
};

describe('secondsUntil', () => {
  const countdown = () => {
    const connection = signal<{ retryAt: number | null } | undefined>(undefined);
    return { connection, seconds: bed.inContext(() => secondsUntil(connection as never)) };
  };

  it('is null without a wait, counts down to 0 at each full second, and stays there', () => {
    const { connection, seconds } = countdown();
    expect(seconds()).toBeNull();
    connection.set({ retryAt: bed.clock.now() + 2500 });
    TestBed.tick();
    const seen: unknown[] = [seconds()];
    for (const step of [499, 1, 999, 1, 999, 1, 5000]) {
      advance(step);
      seen.push(seconds());
    }
    expect(seen).toEqual([3, 3, 2, 2, 1, 1, 0, 0]);
    connection.set({ retryAt: null });
    expect(seconds()).toBeNull();
  });

  it('returns the seconds of the current wait at once, and no stale ones', () => {
    const { connection, seconds } = countdown();
    connection.set({ retryAt: bed.clock.now() + 10_000 });
    TestBed.tick();
    advance(9200);
    expect(seconds()).toBe(1);
    connection.set({ retryAt: bed.clock.now() + 30_000 });
    expect(seconds()).toBe(30);
    connection.set({ retryAt: null });
    expect(seconds()).toBeNull();
    connection.set({ retryAt: bed.clock.now() + 400 });
    expect(seconds()).toBe(1);
    TestBed.tick();
    advance(400);
    expect(seconds()).toBe(0);
  });

  it('notifies an effect of each number once', () => {
    const { connection, seconds } = countdown();
    const seen: unknown[] = [];
    bed.inContext(() => effect(() => seen.push(seconds())));
    connection.set({ retryAt: bed.clock.now() + 3000 });
    TestBed.tick();
    for (let step = 0; step < 100; step++) advance(50);
    expect(seen).toEqual([3, 2, 1, 0]);
  });

  it('is correct again at the next timer, however late it fires: in a hidden tab, or after a sleep', () => {
    const clock = new LateClock();
    bed.provide({ scheduler: clock });
    const { connection, seconds } = countdown();
    connection.set({ retryAt: clock.now() + 90_000 });
    TestBed.tick();
    const seen = [seconds()];
    for (const late of [7300, 60_000, 22_600, 500_000]) {
      clock.jumpTo(clock.now() + late);
      seen.push(seconds());
    }
    expect(seen).toEqual([90, 83, 23, 1, 0]);
  });

  describe('a change of the system clock', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    it.each([3_600_000, -3_600_000])('by %d ms doesn’t disturb the countdown', by => {
      bed.provide({ scheduler: asyncScheduler });
      const { connection, seconds } = countdown();
      connection.set({ retryAt: Date.now() + 10_000 });
      TestBed.tick();
      jest.advanceTimersByTime(1000);
      expect(seconds()).toBe(9);
      jest.setSystemTime(Date.now() + by);
      expect(seconds()).toBe(9);
      jest.advanceTimersByTime(4000);
      expect(seconds()).toBe(5);
      jest.advanceTimersByTime(6000);
      expect(seconds()).toBe(0);
    });
  });

  it('follows the waits of a resource', () => {
    const { prices, seconds } = bed.inContext(() => {
      const prices = eventSourceResource(() => '/a', { initial: '', reduce: (_, { data }) => data });
      return { prices, seconds: secondsUntil(prices.connection) };
    });
    expect(seconds()).toBeNull();
    const connection = bed.connected();
    expect(seconds()).toBeNull();
    connection.refuse(503);
    bed.clock.advanceTo(bed.clock.now());
    TestBed.tick();
    expect([prices.connection().status, seconds()]).toEqual(['waiting', 1]);
    bed.wait();
    expect([prices.connection().status, seconds()]).toEqual(['connecting', null]);
    bed.server.expectConnection().open();
    expect(seconds()).toBeNull();
  });

  it('leaves no timer when its injector is destroyed, and doesn’t block the stability of the application', async () => {
    bed.provide({}, provideZonelessChangeDetection());
    const retryAt = bed.clock.now() + 5000;
    @Component({ selector: 'app-countdown', template: '{{ seconds() }}' })
    class Countdown {
      readonly seconds = secondsUntil(signal({ retryAt }));
    }
    const fixture = TestBed.createComponent(Countdown);
    await TestBed.inject(ApplicationRef).whenStable();
    expect((fixture.nativeElement as Element).textContent).toBe('5');
    bed.clock.advanceTo(bed.clock.now() + 1000);
    await fixture.whenStable();
    expect((fixture.nativeElement as Element).textContent).toBe('4');
    fixture.destroy();
    expect(bed.clock.timers).toBe(0);
  });

  it('throws outside an injection context, unless it receives an injector', () => {
    const connection = signal({ retryAt: null });
    expect(() => secondsUntil(connection)).toThrow('NG0203');
    expect(secondsUntil(connection, { injector: TestBed.inject(Injector) })()).toBeNull();
  });

  itChecked.each([[undefined], ['open'], [{ retryAt: 1 }]])('rejects a value that isn’t a signal: %p', connection => {
    expect(() => secondsUntil(connection as never)).toThrow(/a signal for the option `connection`/);
  });
});
