import { describe, expect, it } from '@jest/globals';
import { take } from 'rxjs';
import { shareLifecycle } from '../../src/index.js';
import { clock, lifecycle, server } from '../support/fake-lifecycle.js';
import { observe, type Observed } from '../support/observe.js';
import { connecting, open, type Step, text } from '../support/steps.js';
import { heard, LINGER, played } from './played.js';

describe('shareLifecycle', () => {
  describe('linger', () => {
    it('is 0 by default: the last subscriber closes the connection, and the next one resumes', () => {
      const shared$ = lifecycle().pipe(shareLifecycle());
      const one = observe(shared$);
      const connection = server.expectConnection().open().send({ id: 1, data: 'a' });
      one.subscription.unsubscribe();
      expect(connection.state).toBe('closed');
      expect(clock.timers).toBe(0);
      const next = observe(shared$);
      server.expectConnection({ lastEventId: '1' });
      expect(heard(next as Observed<Step>)).toEqual(['connecting']);
    });

    it('keeps the connection and its current state for this long', () => {
      const { shared$, play, count } = played({ linger: LINGER });
      const one = observe(shared$);
      play(connecting());
      one.subscription.unsubscribe();
      play(open(), text('missed'));
      clock.advanceTo(LINGER - 1);
      const next = observe(shared$);
      expect(heard(next)).toEqual(['open']);
      // The timer is cancelled, not postponed.
      expect(clock.timers).toBe(0);
      clock.advanceTo(3 * LINGER);
      play(text('a'));
      expect(heard(next)).toEqual(['open', 'a']);
      expect(count).toEqual({ subscribed: 1, live: 1 });
    });

    it('closes the connection when it elapses, and the next subscriber receives nothing of its state', () => {
      const { shared$, play, count } = played({ linger: LINGER });
      observe(shared$.pipe(take(1)));
      play(open());
      clock.advanceTo(LINGER);
      expect(count).toEqual({ subscribed: 1, live: 0 });
      const next = observe(shared$);
      expect(heard(next)).toEqual([]);
      expect(count).toEqual({ subscribed: 2, live: 1 });
    });

    it('starts again each time the last subscriber unsubscribes', () => {
      const { shared$, play, count } = played({ linger: LINGER });
      for (let left = 1; left <= 3; left++) {
        observe(shared$.pipe(take(1)));
        play(open());
        clock.advanceTo(clock.now() + LINGER - 1);
        expect(count).toEqual({ subscribed: 1, live: 1 });
      }
      clock.advanceTo(clock.now() + 1);
      expect(count.live).toBe(0);
    });

    it.each(['fail', 'complete'] as const)('ends early if the source ends: %s', end => {
      const all = played({ linger: LINGER });
      observe(all.shared$.pipe(take(1)));
      all.play(open());
      expect(clock.timers).toBe(1);
      all[end](new Error('gone'));
      expect(clock.timers).toBe(0);
      expect(all.count.live).toBe(0);
    });

    it.each(['fail', 'complete'] as const)('doesn’t start after the end of the source: %s', end => {
      const all = played({ linger: LINGER });
      const both = [observe(all.shared$), observe(all.shared$)];
      all[end](new Error('gone'));
      expect(both.map(({ status }) => status)).not.toContain('live');
      expect(clock.timers).toBe(0);
    });

    it('can last forever', () => {
      const { shared$, play, count } = played({ linger: Infinity });
      observe(shared$.pipe(take(1)));
      play(open());
      clock.advanceTo(2 ** 40);
      expect(heard(observe(shared$))).toEqual(['open']);
      expect(count).toEqual({ subscribed: 1, live: 1 });
    });

    it('is capped at the longest possible timer', () => {
      const { shared$, play, count } = played({ linger: 2 ** 40 });
      observe(shared$.pipe(take(1)));
      play(open());
      clock.advanceTo(2 ** 31 - 2);
      expect(count.live).toBe(1);
      clock.advanceTo(2 ** 31 - 1);
      expect(count.live).toBe(0);
    });
  });
});
