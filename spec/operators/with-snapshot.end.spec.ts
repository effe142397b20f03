import { describe, expect, it } from '@jest/globals';
import { Observable, of, type Subscription, take } from 'rxjs';
import { withSnapshot } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { Stand, stand } from './snapshot-stand.js';
import { closed, connecting, event, gap, isIn, type Lifecycle, open, say } from './snapshot-steps.js';

describe('withSnapshot', () => {
  describe('completing and erroring', () => {
    it('completes with the source', () => {
      const { stand: s, stream, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(event(1), closed);
      s.source.complete();
      expect(said()).toBe('open =0 1 closed');
      expect(stream.status).toBe('completed');
    });

    it('completes after the snapshot if the source completes first, with a retry if needed', () => {
      const { stand: s, stream, said } = stand();
      s.send(open(), event(1), event(2), closed);
      s.source.complete();
      expect(stream.status).toBe('live');
      s.loads[0]?.error(new Error('down'));
      s.clock.runOut();
      s.answer(1);
      expect(said()).toBe('open closed =1 2');
      expect(stream.status).toBe('completed');
    });

    it('also waits for a snapshot whose load hasn’t started yet', () => {
      const { stand: s, stream, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(open());
      s.source.complete();
      s.clock.runOut();
      s.answer(1);
      expect(said()).toBe('open =0 open =1');
      expect(stream.status).toBe('completed');
    });

    it('errors if a load fails for good after the source has completed', () => {
      const { stand: s, stream } = stand({ reconnect: false });
      s.send(open());
      s.source.complete();
      s.loads[0]?.error(new Error('down'));
      expect(stream.error).toEqual(new Error('down'));
    });

    it('errors with the source at once, and cancels the load', () => {
      const { stand: s, stream, said } = stand();
      const error = new Error('final');
      s.send(open(), event(1));
      s.source.error(error);
      expect(stream.error).toBe(error);
      expect(said()).toBe('open');
      expect(s.observed).toEqual([false]);
    });

    it('keeps the order of a synchronous source, and completes', () => {
      const source = of(connecting, open(), event(1), event(2), closed);
      const { values, status } = observe(source.pipe(withSnapshot({ load: () => 1, isIn })));
      expect(values.map(say)).toEqual(['connecting', 'open', '=1', '2', 'closed']);
      expect(status).toBe('completed');
    });
  });

  describe('unsubscribing', () => {
    it('ends the source and the load', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      stream.subscription.unsubscribe();
      expect(s.observed).toEqual([false]);
      expect(s.source.observed).toBe(false);
    });

    it('ends the source and the wait for a retry', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      s.loads[0]?.error(new Error('down'));
      stream.subscription.unsubscribe();
      expect(s.clock.timers).toBe(0);
      expect(s.source.observed).toBe(false);
    });

    it('cancels a scheduled load', () => {
      const { stand: s, stream } = stand();
      s.send(open());
      s.answer(0);
      s.send(open());
      expect(s.clock.timers).toBe(1);
      stream.subscription.unsubscribe();
      expect(s.clock.timers).toBe(0);
    });

    it.each([
      ['`open`', 'open', []],
      ['the snapshot', '=0', [false]],
      ['an event that waited', '1', [false]],
      ['the last event that waited', '2', [false]],
      ['a live event', '3', [false]],
      ['the gap', 'gap', [false]],
    ])('inside `next` of %s stops at once', (_, last, observed) => {
      const s = new Stand();
      const seen: string[] = [];
      const subscription: Subscription = s.merged().subscribe(step => {
        seen.push(say(step));
        if (say(step) === last) subscription.unsubscribe();
      });
      s.send(open(), event(1), event(2));
      s.answer(0);
      s.send(event(3), gap);
      expect(seen).toEqual(['open', '=0', '1', '2', '3', 'gap'].slice(0, seen.length));
      expect(seen.at(-1)).toBe(last);
      expect(s.observed).toEqual(observed);
      expect(s.source.observed).toBe(false);
    });

    it('ends a source that emits during `subscribe`', () => {
      let given = 0;
      const endless = new Observable<Lifecycle>(subscriber => {
        subscriber.next(open());
        while (!subscriber.closed && given < 100) subscriber.next(event(++given));
      });
      const { values } = observe(endless.pipe(withSnapshot({ load: () => 0, isIn }), take(4)));
      expect(values.map(say)).toEqual(['open', '=0', '1', '2']);
      expect(given).toBe(2);
    });

    it('keeps no finalizers, load after load', () => {
      const { stand: s, stream } = stand();
      const count = () =>
        (stream.subscription as unknown as { _finalizers: unknown[] | null })._finalizers?.length ?? 0;
      s.send(open());
      s.answer(0);
      const before = count();
      for (let round = 1; round <= 100; round++) {
        s.send(gap, event(round));
        s.answer(round - 1);
      }
      expect(count()).toBe(before);
      expect(s.observed).not.toContain(true);
    });
  });
});
