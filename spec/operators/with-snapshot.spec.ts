import { describe, expect, it, jest } from '@jest/globals';
import { NEVER, of, startWith, Subject } from 'rxjs';
import { type Answer, fromEventSourceLifecycle, type SnapshotLifecycle, withSnapshot } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { observe } from '../support/observe.js';
import { settled } from './settled.js';
import { stand } from './snapshot-stand.js';
import {
  closed,
  comment,
  connecting,
  event,
  gap,
  isIn,
  type Lifecycle,
  open,
  paused,
  say,
  waiting,
} from './snapshot-steps.js';

describe('withSnapshot', () => {
  describe('when the stream opens', () => {
    it('loads after `open`, keeps the events meanwhile, and continues live [pitfall 51]', () => {
      const { stand: s, said } = stand();
      s.send(connecting);
      expect(s.load).not.toHaveBeenCalled();
      s.send(open(), event(1), event(2), event(3));
      expect(s.load).toHaveBeenCalledTimes(1);
      expect(said()).toBe('connecting open');
      s.answer(1);
      expect(said()).toBe('connecting open =1 2 3');
      s.send(event(4));
      expect(said()).toBe('connecting open =1 2 3 4');
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('emits the steps and the snapshot unchanged', () => {
      const source = new Subject<Lifecycle>();
      const snapshot = { orders: [] };
      const { values } = observe(source.pipe(withSnapshot({ load: () => snapshot, isIn: () => false })));
      const steps = [open(), event(1)];
      for (const step of steps) source.next(step);
      expect(values).toEqual([steps[0], { kind: 'snapshot', snapshot }, steps[1]]);
      expect(values[0]).toBe(steps[0]);
      expect(values[1]).toHaveProperty('snapshot', snapshot);
      expect((values[1] as SnapshotLifecycle).snapshot).toBe(snapshot);
      expect(values[2]).toBe(steps[1]);
    });

    it.each<[string, (value: number) => Answer<number>]>([
      ['a value', value => value],
      ['an Observable that emits at once', value => of(value)],
      ['an Observable that emits at once and doesn’t complete', value => NEVER.pipe(startWith(value))],
    ])('emits the snapshot directly after `open` if `load` returns %s', (_, answer) => {
      const { stand: s, said } = stand({ load: () => answer(2) });
      s.send(open(), event(2), event(3));
      expect(said()).toBe('open =2 3');
    });

    it.each([undefined, null, 0, '', false])('accepts %p as a snapshot', snapshot => {
      const source = new Subject<Lifecycle>();
      const asked = jest.fn(() => false);
      const { values } = observe(source.pipe(withSnapshot({ load: () => snapshot, isIn: asked })));
      source.next(open());
      source.next(event(1));
      expect(values.map(({ kind }) => kind)).toEqual(['open', 'snapshot', 'event']);
      expect(asked.mock.calls).toEqual([[(event(1) as { event: unknown }).event, snapshot]]);
    });

    it('accepts a Promise', async () => {
      const { stand: s, stream, said } = stand({ load: () => Promise.resolve(1) });
      s.send(open(), event(1), event(2));
      await stream.first(3);
      expect(said()).toBe('open =1 2');
    });

    it('unsubscribes from an Observable after its first value', () => {
      const { stand: s, said } = stand();
      s.send(open());
      expect(s.observed).toEqual([true]);
      s.answer(1);
      expect(s.observed).toEqual([false]);
      s.answer(7);
      expect(said()).toBe('open =1');
    });

    it('also drops live events that the snapshot contains, because they were still on their way', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(2);
      s.send(event(1), event(2), event(3), event(4));
      expect(said()).toBe('open =2 3 4');
    });

    it('calls `isIn` for each event, regardless of earlier results', () => {
      const { stand: s, said } = stand({ isIn: ({ data }) => data.startsWith('1') });
      s.send(open(), event(10), event(2), event(11));
      s.answer(0);
      s.send(event(3), event(12), event(4));
      expect(said()).toBe('open =0 2 3 4');
    });

    it('lets all other steps through at once, so that the connection state stays correct', () => {
      const { stand: s, said } = stand();
      const steps = [
        comment,
        { kind: 'retry-time', milliseconds: 7 } as const,
        waiting,
        connecting,
        paused,
        connecting,
      ];
      s.send(open(), event(1), ...steps, open('1'), event(2));
      expect(said()).toBe(['open', ...steps.map(say), 'open'].join(' '));
      s.answer(1);
      expect(said()).toBe(['open', ...steps.map(say), 'open =1 2'].join(' '));
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('loads nothing if the stream never opens', () => {
      const { stand: s, stream, said } = stand();
      s.send(connecting, waiting, connecting, closed);
      s.source.complete();
      expect(said()).toBe('connecting waiting connecting closed');
      expect(stream.status).toBe('completed');
      expect(s.load).not.toHaveBeenCalled();
    });

    it.each([
      ['an event', event(2), '=1 2'],
      ['an event that the snapshot contains', event(1), '=1'],
      ['a comment', comment, 'comment =1'],
    ])('loads for a late subscriber at the first sign that the stream is open: %s', (_, step, expected) => {
      const { stand: s, said } = stand();
      s.send(step);
      expect(s.load).toHaveBeenCalledTimes(1);
      s.answer(1);
      s.send(comment, event(3));
      expect(said()).toBe(`${expected} comment 3`);
      expect(s.load).toHaveBeenCalledTimes(1);
    });
  });

  describe('when the stream reconnects', () => {
    it('changes nothing if it resumes, either after a snapshot or during a load', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), waiting, connecting, open('1'), event(2));
      s.answer(0);
      s.send(waiting, connecting, open('2'), event(3));
      expect(said()).toBe('open waiting connecting open =0 1 2 waiting connecting open 3');
      expect(s.load).toHaveBeenCalledTimes(1);
    });

    it('loads again without a position to resume from, because events may be missing', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(waiting, connecting, open(), event(7));
      // It waits, because a gap could follow at once.
      expect(s.load).toHaveBeenCalledTimes(1);
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      expect(said()).toBe('open =0 waiting connecting open');
      s.answer(6);
      expect(said()).toBe('open =0 waiting connecting open =6 7');
    });

    it('cancels a running load without a position to resume from', () => {
      const { stand: s, said } = stand();
      s.send(open(), waiting, connecting, open());
      expect(s.observed).toEqual([false]);
      s.clock.runOut();
      s.answer(1, 0);
      s.answer(2, 1);
      expect(said()).toBe('open waiting connecting open =2');
    });

    it('loads only once if a gap follows `open`', () => {
      const { stand: s, said } = stand();
      s.send(open());
      s.answer(0);
      s.send(waiting, connecting, open(), gap);
      expect(s.load).toHaveBeenCalledTimes(2);
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      expect(s.clock.timers).toBe(0);
      s.answer(3);
      expect(said()).toBe('open =0 waiting connecting open gap =3');
    });

    it('continues through a pause', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), paused);
      s.answer(0);
      s.send(connecting, open('1'), event(2), paused, connecting, open('2'), event(3));
      expect(said()).toBe('open paused =0 1 connecting open 2 paused connecting open 3');
    });
  });

  describe('after a gap', () => {
    it('loads again, and keeps the events from then on', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1));
      s.answer(0);
      s.send(waiting, connecting, open('1'), gap, event(5), event(6));
      expect(said()).toBe('open =0 1 waiting connecting open gap');
      expect(s.load).toHaveBeenCalledTimes(2);
      s.answer(5);
      s.send(event(7));
      expect(said()).toBe('open =0 1 waiting connecting open gap =5 6 7');
    });

    it('cancels a running load, so an older snapshot never arrives [pitfall 51]', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(1), gap, event(5));
      expect(s.observed).toEqual([false, true]);
      s.answer(1, 0);
      expect(said()).toBe('open gap');
      s.answer(4, 1);
      // Events from before the gap still wait, because the new snapshot may not contain them.
      expect(said()).toBe('open gap =4 5');
    });

    it('ignores the result of a Promise that it can’t cancel', async () => {
      const answers: ((snapshot: number) => void)[] = [];
      const { stand: s, said } = stand({ load: () => new Promise(resolve => answers.push(resolve)) });
      s.send(open(), event(1), gap, event(5));
      answers[1]?.(4);
      await settled();
      answers[0]?.(1);
      await settled();
      expect(said()).toBe('open gap =4 5');
    });

    it('keeps an event from before the gap if the new snapshot doesn’t contain it', () => {
      const { stand: s, said } = stand();
      s.send(open(), event(3), gap, event(4));
      s.answer(2);
      expect(said()).toBe('open gap =2 3 4');
    });

    it('cancels the wait for a retry, and resets the count', () => {
      const { stand: s, said } = stand({ reconnect: { delay: 1000, jitter: 0, count: 1 } });
      s.send(open());
      s.loads[0]?.error(new Error('down'));
      expect(s.clock.timers).toBe(1);
      s.send(gap);
      expect(s.clock.timers).toBe(0);
      expect(s.load).toHaveBeenCalledTimes(2);
      s.loads[1]?.error(new Error('down'));
      s.clock.runOut();
      s.answer(3);
      expect(said()).toBe('open gap =3');
    });

    it('loads at the gap if a late subscriber didn’t receive `open`', () => {
      const { stand: s, said } = stand();
      s.send(gap, event(2));
      s.answer(1);
      expect(said()).toBe('gap =1 2');
    });
  });

  it('works with a real stream: a load, a cut that it resumes from, and an end', () => {
    const server = fakeEventSource();
    const clock = new Clock();
    const answer = new Subject<number>();
    const stream = observe(
      fromEventSourceLifecycle('/prices', { fetch: server.fetch, scheduler: clock, reconnect: { onEnd: false } }).pipe(
        withSnapshot({ load: () => answer, isIn, scheduler: clock }),
      ),
    );
    server.expectConnection().open().send({ data: '1', id: 1 }).send({ data: '2', id: 2 }).break();
    clock.runOut();
    const again = server.expectConnection();
    expect(again.lastEventId).toBe('2');
    again.open().send({ data: '3', id: 3 });
    answer.next(1);
    again.send({ data: '4', id: 4 }).end();
    expect(stream.values.map(say)).toEqual([
      ...['connecting', 'open', 'waiting', 'connecting', 'open', '=1', '2', '3', '4', 'closed'],
    ]);
    expect(stream.status).toBe('completed');
    server.verify();
  });
});
