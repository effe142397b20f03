import { describe, expect, it } from '@jest/globals';
import { Observable } from 'rxjs';
import { observe } from '../support/observe.js';
import { Stand } from './snapshot-stand.js';
import { event, gap, type Merged, open, say } from './snapshot-steps.js';

describe('withSnapshot', () => {
  describe('inside `next`', () => {
    /** Plays steps, and calls `work` inside `next` of the step `moment`. Returns the order in which the subscriber is called. */
    const called = (moment: string, work: (s: Stand) => void, play: (s: Stand) => void) => {
      const s = new Stand();
      const order: string[] = [];
      let done = false;
      observe(
        new Observable<Merged>(subscriber =>
          s.merged().subscribe({
            next: step => {
              order.push(say(step));
              if (!done && say(step) === moment) {
                done = true;
                work(s);
              }
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => order.push('|'),
          }),
        ),
      );
      play(s);
      return { s, order: order.join(' ') };
    };

    it('an event is emitted after the waiting events', () => {
      for (const [moment, expected] of [
        ['open', 'open =0 9 1 2'],
        ['=0', 'open =0 1 2 9'],
        ['1', 'open =0 1 2 9'],
        ['2', 'open =0 1 2 9'],
      ] as const) {
        const { order } = called(
          moment,
          s => s.send(event(9)),
          s => {
            s.send(open(), event(1), event(2));
            s.answer(0);
          },
        );
        expect(order).toBe(expected);
      }
    });

    it('an event is dropped if the snapshot contains it', () => {
      const { order } = called(
        '=1',
        s => s.send(event(1), event(3)),
        s => {
          s.send(open(), event(2));
          s.answer(1);
        },
      );
      expect(order).toBe('open =1 2 3');
    });

    it('a gap causes a new load, and the remaining events wait for it', () => {
      for (const [moment, expected] of [
        ['=0', 'open =0 gap =1 2 3'],
        ['1', 'open =0 1 gap =1 2 3'],
        ['2', 'open =0 1 2 gap =1 3'],
      ] as const) {
        const { s, order } = called(
          moment,
          s => s.send(gap),
          s => {
            s.send(open(), event(1), event(2));
            s.answer(0);
            s.send(event(3));
            s.answer(1);
          },
        );
        expect(order).toBe(expected);
        expect(s.load).toHaveBeenCalledTimes(2);
      }
    });

    it('of a gap, an event waits for the new snapshot', () => {
      const { order } = called(
        'gap',
        s => s.send(event(9)),
        s => {
          s.send(open());
          s.answer(0);
          s.send(gap);
          s.answer(8);
        },
      );
      expect(order).toBe('open =0 gap =8 9');
    });

    it('of a gap, the result of an older load is ignored', () => {
      const { order } = called(
        'gap',
        s => s.answer(1, 0),
        s => {
          s.send(open(), event(1), gap);
          s.answer(2, 1);
        },
      );
      expect(order).toBe('open gap =2');
    });

    it('of a gap or of `open`, another gap leaves only the newest load', () => {
      for (const moment of ['open', 'gap']) {
        const { order } = called(
          moment,
          s => s.send(gap, event(2)),
          s => {
            s.send(open());
            if (moment === 'gap') s.send(gap);
            expect(s.observed.filter(Boolean)).toHaveLength(1);
            s.answer(1);
          },
        );
        expect(order).toBe(moment === 'open' ? 'open gap =1 2' : 'open gap gap =1 2');
      }
    });

    it('completion follows the waiting events', () => {
      const { order } = called(
        '=0',
        s => s.source.complete(),
        s => {
          s.send(open(), event(1), event(2));
          s.answer(0);
        },
      );
      expect(order).toBe('open =0 1 2 |');
    });

    it('an error drops the waiting events', () => {
      const { order } = called(
        '1',
        s => s.source.error(new Error('final')),
        s => {
          s.send(open(), event(1), event(2));
          s.answer(0);
        },
      );
      expect(order).toBe('open =0 1');
    });
  });
});
