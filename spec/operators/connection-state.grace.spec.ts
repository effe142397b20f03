import { describe, expect, it } from '@jest/globals';
import { map, Subject, takeWhile } from 'rxjs';
import { type ConnectionState, connectionState } from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { clock } from '../support/fake-lifecycle.js';
import { observe } from '../support/observe.js';
import { forEachSeed, randomSteps } from '../support/random-steps.js';
import { shownOf, statesOf } from '../support/state-model.js';
import { CLOSED, connecting, open, PAUSED, type Step, waiting } from '../support/steps.js';
import { marbles } from '../support/virtual-marbles.js';
import { played, state, statuses } from './followed-states.js';

describe('connectionState', () => {
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
});
