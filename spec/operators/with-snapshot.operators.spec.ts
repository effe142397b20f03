import { describe, expect, it } from '@jest/globals';
import { Observable, retry, share, Subject } from 'rxjs';
import { batchPerFrame, decode, ofEventType, reconnect, withSnapshot } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { marbles } from '../support/virtual-marbles.js';
import { settled } from './settled.js';
import { Stand } from './snapshot-stand.js';
import { comment, connecting, event, gap, isIn, type Lifecycle, type Merged, open, say } from './snapshot-steps.js';

describe('withSnapshot', () => {
  describe('with other operators', () => {
    it('loads separately for each subscriber', () => {
      const s = new Stand();
      const merged = s.merged();
      const one = observe(merged);
      s.send(open(), event(1));
      const other = observe(merged);
      s.send(event(2));
      expect(s.load).toHaveBeenCalledTimes(2);
      s.answer(0, 0);
      s.answer(1, 1);
      s.send(event(3));
      expect(one.values.map(say)).toEqual(['open', '=0', '1', '2', '3']);
      expect(other.values.map(say)).toEqual(['=1', '2', '3']);
      one.subscription.unsubscribe();
      s.send(event(4));
      expect(other.values.at(-1)).toEqual(event(4));
    });

    it('loads once before `share`; after `share`, also loads for a late subscriber', () => {
      const s = new Stand();
      const shared = s.source.pipe(share());
      const early = observe(shared.pipe(withSnapshot({ load: s.load, isIn })));
      s.send(connecting, open());
      s.answer(0);
      s.send(event(1));
      const late = observe(shared.pipe(withSnapshot({ load: s.load, isIn })));
      s.send(event(2), event(3));
      s.answer(2);
      s.send(event(4));
      expect(early.values.map(say)).toEqual(['connecting', 'open', '=0', '1', '2', '3', '4']);
      expect(late.values.map(say)).toEqual(['=2', '3', '4']);

      const again = new Stand();
      const merged = again.merged().pipe(share());
      const streams = [observe(merged), observe(merged)];
      again.send(open(), event(1));
      again.answer(0);
      expect(again.load).toHaveBeenCalledTimes(1);
      for (const { values } of streams) expect(values.map(say)).toEqual(['open', '=0', '1']);
    });

    it('works after `decode`, and passes the decoded event to `isIn`', async () => {
      const source = new Subject<Lifecycle>();
      const answers = new Map<string, (number: number) => void>();
      const stream = observe(
        source.pipe(
          decode({ message: text => new Promise<number>(resolve => answers.set(text, resolve)) }),
          withSnapshot({ load: () => 1, isIn: ({ data }, snapshot) => data * 10 <= snapshot * 10 }),
        ),
      );
      for (const step of [open(), event(1), event(2), comment, gap]) source.next(step);
      await settled();
      answers.get('2')?.(2);
      answers.get('1')?.(1);
      await stream.first(6);
      expect(stream.values.map(step => (step.kind === 'event' ? step.event.data : say(step as never)))).toEqual([
        ...['open', '=1', 2, 'comment', 'gap', '=1'],
      ]);
    });

    it('works before `decode`, which keeps the snapshot in order', async () => {
      const s = new Stand();
      const stream = observe(s.merged().pipe(decode({ message: async text => Promise.resolve(Number(text) * 10) })));
      s.send(open(), event(1), event(2));
      s.answer(1);
      s.send(event(3), gap, event(4));
      s.answer(3);
      await stream.first(7);
      expect(stream.values.map(step => (step.kind === 'event' ? step.event.data : say(step)))).toEqual([
        ...['open', '=1', 20, 30, 'gap', '=3', 40],
      ]);
    });

    it('works before and after `ofEventType`', () => {
      for (const pipe of [
        (s: Stand) => s.merged().pipe(ofEventType('message')),
        (s: Stand) => s.source.pipe(ofEventType('message'), withSnapshot({ load: s.load, isIn })),
      ]) {
        const s = new Stand();
        const stream = observe(pipe(s) as Observable<Merged>);
        s.send(open(), { kind: 'event', event: { type: 'other', data: 'x', lastEventId: '1' } }, event(1));
        s.answer(0);
        s.send(event(2));
        expect(stream.values.map(say)).toEqual(['open', '=0', '1', '2']);
      }
    });

    it('works before `batchPerFrame`', () => {
      const s = new Stand();
      const frame = new Subject<void>();
      const stream = observe(s.merged().pipe(batchPerFrame(frame)));
      s.send(open(), event(1), event(2));
      s.answer(1);
      frame.next();
      s.send(event(3));
      s.source.complete();
      expect(stream.values.map(batch => batch.map(say))).toEqual([['open', '=1', '2'], ['3']]);
    });

    it('loads again for each attempt of a `retry` or `reconnect` after it', () => {
      const s = new Stand();
      const merged = s.merged({ reconnect: false });
      const streams = [
        observe(merged.pipe(retry(1))),
        observe(merged.pipe(reconnect({ count: 1, delay: 100, jitter: 0 }, s.clock))),
      ];
      s.send(open(), event(1));
      s.loads[0]?.error(new Error('down'));
      s.loads[1]?.error(new Error('down'));
      s.clock.runOut();
      expect(s.load).toHaveBeenCalledTimes(2);
      // Both resume after the event that waited, because the new snapshot contains it.
      s.send(open('1'), event(2));
      expect(s.load).toHaveBeenCalledTimes(4);
      s.answer(1, 2);
      s.answer(1, 3);
      for (const { values } of streams) expect(values.map(say)).toEqual(['open', 'open', '=1', '2']);
    });

    it('loads again for each connection without a position of a `retry` before it', () => {
      const s = new Stand();
      const connections: Subject<Lifecycle>[] = [];
      const source = new Observable<Lifecycle>(subscriber => {
        const connection = new Subject<Lifecycle>();
        connections.push(connection);
        return connection.subscribe(subscriber);
      });
      const stream = observe(source.pipe(retry(1), withSnapshot({ load: s.load, isIn, scheduler: s.clock })));
      connections[0]?.next(open());
      s.answer(0);
      connections[0]?.next(event(1));
      connections[0]?.error(new Error('401'));
      connections[1]?.next(open());
      s.clock.runOut();
      connections[1]?.next(event(4));
      s.answer(3);
      expect(stream.values.map(say)).toEqual(['open', '=0', '1', 'open', '=3', '4']);
    });

    it('keeps the virtual time of marbles, including loads', () => {
      marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const steps = { o: open(), 1: event(1), 2: event(2), 3: event(3), g: gap };
        const out: Record<string, Merged> = { ...steps, s: { kind: 'snapshot', snapshot: 1 } };
        const source = hot('-o-1-2---g3-----|', steps);
        const load = cold('   ---s-', { s: 1 });
        expectObservable(source.pipe(withSnapshot({ load: () => load, isIn }))).toBe(
          '                    -o--s2---g--(s3)|'.replaceAll(' ', ''),
          out,
        );
        expectSubscriptions(load.subscriptions).toBe(['-^--!', '---------^--!']);
      });
    });
  });
});
