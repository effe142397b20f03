import { describe, expect, it } from '@jest/globals';
import { concat, type Observable, of, Subject, take } from 'rxjs';
import { type EventSourceLifecycle, events } from '../../src/index.js';
import { observe } from '../support/observe.js';
import { clock, datas, join, kinds, server, tabs, useSharedTabs } from './shared-tabs.js';

describe('shareAcrossTabs', () => {
  useSharedTabs();

  describe('the option `deliver`', () => {
    it('is called once per message, and receives whether the message contains only comments', async () => {
      const calls: unknown[] = [];
      const join2 = (options = {}) =>
        join(tabs.open(), { deliver: (flush, heartbeat) => void calls.push([flush(), heartbeat]), ...options });
      const one = join();
      await tabs.settle();
      const two = join2();
      await tabs.settle();
      const connection = server.expectConnection('/a').open();
      await tabs.settle();
      calls.length = 0;
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n: c\n\n');
      await tabs.settle();
      connection.comment('d');
      await tabs.settle();
      expect(calls).toEqual([
        [0, false],
        [0, true],
      ]);
      expect(kinds(two).slice(-4)).toEqual(['a', 'b', 'comment', 'comment']);
      expect(one.values.filter(({ kind }) => kind === 'role')).toHaveLength(1);
    });

    it('delivers steps that it doesn’t flush right after the call, in order, and a final error after them', async () => {
      const calls: number[] = [];
      join();
      await tabs.settle();
      const two = join(tabs.open(), { deliver: flush => void calls.push(flush(1)) });
      await tabs.settle();
      const connection = server.expectConnection('/a').open();
      await tabs.settle();
      calls.length = 0;
      connection.send({ id: 1, data: 'a' }).send({ id: 2, data: 'b' }).send({ id: 3, data: 'c' });
      await tabs.settle();
      expect(calls).toEqual([2]);
      expect(datas(two)).toEqual(['a', 'b', 'c']);
      const never = join(tabs.open(), { deliver: () => undefined, lastEventId: '1' });
      await tabs.settle();
      expect(datas(never)).toEqual(['b', 'c']);
      connection.send({ id: 4, data: 'd' });
      await tabs.settle();
      connection.end();
      await tabs.settle();
      clock.advanceTo(clock.now() + 1000);
      server.expectConnection('/a').refuse(403);
      await tabs.settle();
      for (const { values, error } of [two, never]) {
        expect(values.at(-1)).toMatchObject({ kind: 'connecting' });
        expect(error).toMatchObject({ status: 403 });
      }
    });

    it('keeps the rest of a message, after the event that unsubscribes, for the next subscription', async () => {
      join();
      await tabs.settle();
      const two = join();
      two.subscription.unsubscribe();
      const first = observe(two.shared$.pipe(events(), take(1)));
      await tabs.settle();
      server
        .expectConnection('/a')
        .open()
        .send({ id: 1, data: 'a' })
        .send({ id: 2, data: 'b' })
        .send({ id: 3, data: 'c' });
      await tabs.settle();
      const second = observe(two.shared$.pipe(events(), take(1)));
      await tabs.settle();
      const third = observe(two.shared$.pipe(events()));
      await tabs.settle();
      const texts = [first, second, third].map(({ values }) => values.map(({ data }) => data));
      expect(texts).toEqual([['a'], ['b'], ['c']]);
      third.subscription.unsubscribe();
    });

    it('delivers steps that arrive during the call after those of the call', async () => {
      const steps = new Subject<EventSourceLifecycle>();
      const text = (data: string): EventSourceLifecycle => ({
        kind: 'event',
        event: { type: 'a', data, lastEventId: data },
      });
      const one = join();
      await tabs.settle();
      const answers: Observable<EventSourceLifecycle>[] = [steps];
      const two = join(tabs.open(), {}, () => {
        // The tab connects while it handles a message, and its source emits at once.
        queueMicrotask(() => steps.next(text('c')));
        return concat(of(text('b')), ...answers);
      });
      await tabs.settle();
      server.expectConnection('/a').open().send({ id: 'a', data: 'a' });
      await tabs.settle();
      one.subscription.unsubscribe();
      await tabs.settle();
      expect(datas(two)).toEqual(['a', 'b', 'c']);
      expect(kinds(two).slice(-3)).toEqual(['leader', 'b', 'c']);
    });

    it('ends only its own tab, with the error that it throws', async () => {
      const one = join();
      await tabs.settle();
      const two = join(tabs.open(), {
        deliver: () => {
          throw new RangeError('no');
        },
      });
      await tabs.settle();
      server.expectConnection('/a').open().send({ id: 1, data: 'a' });
      await tabs.settle();
      expect(two.error).toBeInstanceOf(RangeError);
      expect([one.status, datas(one)]).toEqual(['live', ['a']]);
    });
  });
});
