import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { map, merge, mergeMap, Observable, type Observer, retry, Subject, type Subscription } from 'rxjs';
import { fromEventSource } from '../../src/index.js';
import { type Cursor, Position } from '../../src/position/position.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { firstSeed } from '../support/random-stream.js';

describe('Position', () => {
  it('starts from the option, then from the position that was left last, which it removes', () => {
    const position = new Position('start');
    const cursors = ['a', 'b', 'c'].map(id => {
      const cursor = position.enter({});
      expect(cursor).toMatchObject({ lastEventId: 'start', received: 'start' });
      cursor.lastEventId = id;
      return cursor;
    });
    for (const cursor of cursors) {
      cursor.leave();
      cursor.leave();
    }
    const next = ['c', 'b', 'a', 'start', 'start'].map(id => {
      const cursor = position.enter({});
      expect(cursor).toMatchObject({ lastEventId: id, received: id });
      return cursor;
    });
    for (const cursor of next) cursor.leave();
    expect(position.enter({}).lastEventId).toBe('start');
  });

  it('keeps an empty position like any other: the stream has cleared it', () => {
    const position = new Position('start');
    const cursor = position.enter({});
    cursor.lastEventId = '';
    cursor.leave();
    expect(position.enter({}).lastEventId).toBe('');
  });

  it('keeps the last 100 positions', () => {
    const position = new Position('start');
    const cursors = Array.from({ length: 1000 }, () => position.enter({}));
    for (const [index, cursor] of cursors.entries()) {
      cursor.lastEventId = `${index}`;
      cursor.leave();
    }
    for (let index = 999; index >= 900; index--) expect(position.enter({}).lastEventId).toBe(`${index}`);
    expect(position.enter({}).lastEventId).toBe('start');
  });

  /** A source with a position for each live subscription. Tests can move the positions, and end or fail the subscriptions. */
  class Source {
    readonly live: { cursor: Cursor; observer: Observer<string> }[] = [];
    private readonly position = new Position('start');
    readonly values$ = new Observable<string>(subscriber => {
      const cursor = this.position.enter(subscriber);
      const subscription = { cursor, observer: subscriber };
      this.live.push(subscription);
      subscriber.add(() => {
        cursor.leave();
        this.live.splice(this.live.indexOf(subscription), 1);
      });
    });
  }

  it('distinguishes subscriptions of one consumer through different operator chains', () => {
    const source = new Source();
    const again = new Subject<void>();
    const way = (name: string) =>
      source.values$.pipe(
        map(value => `${name} ${value}`),
        retry({ delay: () => again }),
      );
    const subscription = merge(way('a'), way('b')).subscribe();
    for (const [index, { cursor }] of source.live.entries()) cursor.lastEventId = `${'ab'[index]}1`;
    for (const { observer } of [...source.live]) observer.error(new Error('lost'));
    expect(source.live).toHaveLength(0);
    again.next();
    expect(source.live.map(({ cursor }) => cursor.lastEventId)).toEqual(['a1', 'b1']);
    subscription.unsubscribe();
  });

  it('starts an inner subscription where the previous one ended', () => {
    const source = new Source();
    const rooms = new Subject<void>();
    const subscription = rooms.pipe(mergeMap(() => source.values$)).subscribe();
    rooms.next();
    const first = source.live[0];
    if (first) first.cursor.lastEventId = '1';
    first?.observer.complete();
    rooms.next();
    rooms.next();
    expect(source.live.map(({ cursor }) => cursor.lastEventId)).toEqual(['1', 'start']);
    subscription.unsubscribe();
  });

  it('returns each consumer its own position, and others the position that was left last, in any order', () => {
    const consumer = fc.nat({ max: 4 });
    const command = fc.oneof(
      fc.record({ kind: fc.constantFrom('move', 'fail', 'return', 'leave'), consumer }),
      fc.record({ kind: fc.constant('new'), consumer }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), commands => {
        const source = new Source();
        const consumers = new Map<
          number,
          { subscription: Subscription; again: Subject<void>; cursor?: Cursor | undefined }
        >();
        // The model: the positions that were left, and by which consumer; and the position of each consumer that waits to return.
        let left: { by: object; id: string }[] = [];
        const waiting = new Map<object, string>();
        /** The actual starts of subscriptions, and the starts in the model. */
        const starts: [actual: unknown, expected: unknown][] = [];
        let moves = 0;

        for (const { kind, consumer: index } of commands) {
          const known = consumers.get(index);
          if (kind === 'new' && !known) {
            const again = new Subject<void>();
            const expected = left.pop()?.id ?? 'start';
            const subscription = source.values$.pipe(retry({ delay: () => again })).subscribe();
            const cursor = source.live.at(-1)?.cursor;
            starts.push([cursor?.lastEventId, expected]);
            consumers.set(index, { subscription, again, cursor });
          } else if (kind === 'move' && known?.cursor) {
            known.cursor.lastEventId = `${++moves}`;
          } else if (kind === 'fail' && known?.cursor) {
            const { cursor } = known;
            left.push({ by: known, id: cursor.lastEventId });
            waiting.set(known, cursor.lastEventId);
            source.live.find(live => live.cursor === cursor)?.observer.error(new Error('lost'));
            known.cursor = undefined;
          } else if (kind === 'return' && known && !known.cursor) {
            known.again.next();
            known.cursor = source.live.at(-1)?.cursor;
            starts.push([known.cursor?.lastEventId, waiting.get(known)]);
            left = left.filter(({ by }) => by !== known);
          } else if (kind === 'leave' && known) {
            if (known.cursor) left.push({ by: {}, id: known.cursor.lastEventId });
            // The consumer won't return: any other may take the positions that it left.
            for (const entry of left) if (entry.by === known) entry.by = {};
            known.subscription.unsubscribe();
            consumers.delete(index);
          }
        }
        for (const { subscription } of consumers.values()) subscription.unsubscribe();
        expect(source.live).toHaveLength(0);
        expect(starts.map(([actual]) => actual)).toEqual(starts.map(([, expected]) => expected));
      }),
      { seed: firstSeed, numRuns: 500 },
    );
  });

  it('keeps no memory of 10 000 subscriptions, one after the other or at once [pitfall 8]', async () => {
    const source = fromEventSource('http://localhost/', { fetch: () => new Promise(() => undefined) });
    const cycles = async (atOnce: number) => {
      for (let count = 0; count < 10_000; count += atOnce) {
        const subscriptions = Array.from({ length: atOnce }, () => source.subscribe());
        for (const subscription of subscriptions) subscription.unsubscribe();
      }
      return memoryInUse();
    };
    for (const atOnce of [1, 10_000]) {
      await cycles(atOnce);
      const before = await cycles(atOnce);
      // The engine sometimes adds a table or compiled code of its own. A leak of subscriptions would grow in each round.
      let after = Infinity;
      for (let round = 0; round < 6 && after - before >= 128 * 1024; round++) after = await cycles(atOnce);
      expect(after - before).toBeLessThan(128 * 1024);
    }
    // Up to 160 000 subscriptions take time on a busy machine.
  }, 120_000);
});
