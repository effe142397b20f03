import { beforeEach, describe, expect, it } from '@jest/globals';
import { pageResumed, type PageResumedOptions } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { HOUR, machine, MINUTE, page, resumed, SECOND } from './page-on-machine.js';

/** Subscribes, and returns a function that counts the emissions so far. */
const count = (options?: PageResumedOptions) => {
  const { values } = observe(resumed(options));
  return () => values.length;
};

describe('pageResumed', () => {
  describe('in a page', () => {
    it.each([
      [30_000, 1],
      [29_999, 0],
    ])('hidden for %d ms, emits %d times when the page is shown again', (time, emissions) => {
      const emitted = count();
      machine.pass(10 * MINUTE);
      page.setVisible(false);
      machine.throttle(time);
      expect(emitted()).toBe(0);
      page.setVisible(true);
      machine.pass(10 * MINUTE);
      expect(emitted()).toBe(emissions);
    });

    it('uses `hiddenFor` as the shortest hidden time', () => {
      const emitted = count({ hiddenFor: 100 });
      page.setVisible(false);
      machine.pass(99);
      page.setVisible(true);
      expect(emitted()).toBe(0);
      page.setVisible(false);
      machine.pass(100);
      page.setVisible(true);
      expect(emitted()).toBe(1);
    });

    it('emits synchronously, within the page’s event', () => {
      const emitted = count({ hiddenFor: 0 });
      page.setVisible(false);
      page.setVisible(true);
      expect(emitted()).toBe(1);
    });

    it('opened in the background, emits when the page is shown for the first time', () => {
      page.setVisible(false);
      const emitted = count();
      machine.throttle(HOUR);
      page.setVisible(true);
      expect(emitted()).toBe(1);
    });

    it('ignores events that repeat the current visibility', () => {
      const emitted = count();
      page.setVisible(false);
      machine.pass(20 * SECOND);
      page.setVisible(false);
      machine.pass(20 * SECOND);
      page.setVisible(true);
      page.setVisible(true);
      expect(emitted()).toBe(1);
    });

    it('counts the time that the machine slept, whichever clock stops during sleep', () => {
      for (const clock of ['stands still', 'goes on'] as const) {
        const emitted = count();
        page.setVisible(false);
        machine.pass(SECOND);
        machine.sleep(HOUR, clock);
        page.setVisible(true);
        machine.pass(MINUTE);
        expect(emitted()).toBe(1);
      }
    });

    it('isn’t misled by a clock that is set back while the page is hidden [pitfall 43]', () => {
      const emitted = count();
      page.setVisible(false);
      machine.setClock(-720 * HOUR);
      machine.throttle(MINUTE);
      page.setVisible(true);
      expect(emitted()).toBe(1);
    });

    it('emits when the page continues after it was frozen', () => {
      const emitted = count();
      page.resume();
      expect(emitted()).toBe(1);
    });

    it('emits when the page returns from the back/forward cache, but not when it loads [pitfall 44]', () => {
      const emitted = count();
      page.show(false);
      expect(emitted()).toBe(0);
      page.show(true);
      expect(emitted()).toBe(1);
    });

    const SIGNALS = {
      visible: () => page.setVisible(true),
      pageshow: () => page.show(true),
      resume: () => page.resume(),
      timer: () => machine.pass(1),
    };
    const orders = <T>(all: T[]): T[][] =>
      all.length === 0
        ? [[]]
        : all.flatMap(first => orders(all.filter(other => other !== first)).map(rest => [first, ...rest]));

    describe.each(['stands still', 'goes on'] as const)('after a night during which the steady clock %s', clock => {
      it.each(orders(Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]))(
        'emits once for %s, %s, %s and %s, in this order',
        (...order) => {
          const emitted = count();
          page.setVisible(false);
          // The timer is due in a millisecond.
          machine.pass(5 * MINUTE + 1999);
          if (clock === 'goes on') machine.frame += 8 * HOUR;
          else machine.setClock(8 * HOUR);
          for (const name of order) {
            SIGNALS[name]();
            expect(emitted()).toBe(1);
          }
          machine.pass(MINUTE);
          expect(emitted()).toBe(1);
        },
      );
    });

    it('emits again for each later return', () => {
      const emitted = count();
      for (let returns = 1; returns <= 5; returns++) {
        page.setVisible(false);
        machine.throttle(MINUTE);
        page.setVisible(true);
        page.resume();
        machine.pass(SECOND);
        expect(emitted()).toBe(returns);
      }
    });

    it('hidden while the machine sleeps, emits when the timer detects the sleep, and again if shown much later', () => {
      const emitted = count();
      page.setVisible(false);
      machine.throttle(10 * MINUTE);
      machine.sleep(HOUR, 'stands still');
      machine.throttle(MINUTE);
      expect(emitted()).toBe(1);
      machine.throttle(20 * SECOND);
      // This still counts as the same return.
      page.setVisible(true);
      expect(emitted()).toBe(1);
      page.setVisible(false);
      machine.throttle(MINUTE);
      machine.sleep(HOUR, 'goes on');
      expect(emitted()).toBe(2);
      machine.throttle(HOUR);
      page.setVisible(true);
      expect(emitted()).toBe(3);
    });
  });

  describe.each([
    ['a visible page', () => undefined],
    ['a worker or Node', () => page.remove()],
  ])('in %s', (_where, prepare) => {
    beforeEach(prepare);

    it.each(['stands still', 'goes on'] as const)(
      'emits within 2 s after a sleep during which the steady clock %s',
      clock => {
        const emitted = count();
        machine.pass(10 * MINUTE + 1);
        machine.sleep(30 * SECOND + 2000, clock);
        machine.pass(2000);
        expect(emitted()).toBe(1);
        machine.pass(HOUR);
        expect(emitted()).toBe(1);
        machine.sleep(8 * HOUR, clock);
        machine.pass(2000);
        expect(emitted()).toBe(2);
      },
    );

    it.each([
      ['a short sleep', () => machine.sleep(29 * SECOND, 'stands still')],
      ['the event loop is blocked for a moment', () => machine.block(20 * SECOND)],
      ['the clock is set back by an hour', () => machine.setClock(-HOUR)],
      ['the clock is set back by a month', () => machine.setClock(-720 * HOUR)],
      ['the clock is set forward by 4 s', () => machine.setClock(4000)],
    ])('emits nothing after %s, and doesn’t check more often [pitfall 43]', (_what, happen) => {
      const emitted = count();
      machine.pass(MINUTE);
      happen();
      const { fired } = machine;
      machine.pass(MINUTE);
      expect(emitted()).toBe(0);
      expect(machine.fired - fired).toBeLessThan(32);
    });

    it('ignores a sleep of less than 5 s, even if `hiddenFor` is less', () => {
      const emitted = count({ hiddenFor: 0 });
      machine.sleep(4999, 'stands still');
      machine.pass(MINUTE);
      expect(emitted()).toBe(0);
      machine.sleep(5000, 'stands still');
      machine.pass(MINUTE);
      expect(emitted()).toBe(1);
    });
  });

  it('doesn’t mistake throttled timers of a hidden tab for sleep, even once the tab is shown [pitfall 43]', () => {
    const emitted = count({ hiddenFor: Infinity });
    for (let round = 0; round < 20; round++) {
      page.setVisible(false);
      machine.throttle(9.9 * MINUTE);
      page.setVisible(true);
      machine.pass(20 * SECOND);
    }
    expect(emitted()).toBe(0);
  });

  it('adds no listeners or timers before you subscribe, and removes them on unsubscribe', () => {
    const source = resumed();
    expect(page.listeners + machine.timers).toBe(0);
    const { subscription } = observe(source);
    expect(page.listeners).toBe(3);
    expect(machine.timers).toBe(1);
    machine.pass(HOUR);
    subscription.unsubscribe();
    expect(page.listeners + machine.timers).toBe(0);
  });

  it('can be unsubscribed from while it emits', () => {
    const { subscription, values } = observe(resumed());
    subscription.add(resumed().subscribe(() => subscription.unsubscribe()));
    page.resume();
    expect(values).toHaveLength(1);
    expect(page.listeners + machine.timers).toBe(0);
    machine.pass(HOUR);
  });

  it('keeps separate state for each subscription', () => {
    const source = resumed();
    const first = observe(source);
    page.setVisible(false);
    machine.throttle(HOUR);
    const second = observe(source);
    page.setVisible(true);
    expect([first.values.length, second.values.length]).toEqual([1, 0]);
  });

  it('uses the virtual time of a running TestScheduler', () => {
    marbles(({ expectObservable, cold }) => {
      cold('a 9s b 40s c', { a: true, b: false, c: true }).subscribe(visible => page.setVisible(visible));
      expectObservable(pageResumed(), '2m !').toBe('49002ms a', { a: undefined });
    });
  });

  itChecked.each<[string, unknown]>([
    ['hiddenFor', -1],
    ['hiddenFor', NaN],
    ['hiddenFor', '30s'],
    ['scheduler', {}],
  ])('throws for an invalid `%s`: %p', (name, value) => {
    expect(() => pageResumed({ [name]: value })).toThrow(TypeError);
    expect(() => pageResumed({ [name]: value })).toThrow(`\`${name}\``);
  });

  itChecked.each([null, 30_000])('throws for %p as its options', value => {
    expect(() => pageResumed(value as never)).toThrow(TypeError);
  });
});
