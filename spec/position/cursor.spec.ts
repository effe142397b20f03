import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { map, merge, mergeMap, Observable, type Observer, of, retry, Subject, type Subscription } from 'rxjs';
import { fromEventSource, type LastEventIdStore } from '../../src/index.js';
import { type Cursor, Position } from '../../src/position/position.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { observe } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';

const NOBODY = {};

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

describe('Cursor', () => {
  const store = (get: () => unknown, set: (id: string) => unknown = () => undefined) =>
    ({ get, set }) as LastEventIdStore;

  it('restores synchronously without a store', () => {
    const cursor = new Position('5').enter(NOBODY);
    const restored = observe(cursor.restore());
    expect(restored.status).toBe('completed');
    expect(restored.values).toHaveLength(1);
    expect(cursor).toMatchObject({ lastEventId: '5', received: '5' });
  });

  it('reads its store once, however often it is restored, and then keeps its position', () => {
    let reads = 0;
    const cursor = new Position(store(() => `${++reads}`)).enter(NOBODY);
    expect(observe(cursor.restore()).status).toBe('completed');
    expect(cursor).toMatchObject({ lastEventId: '1', received: '1' });
    cursor.lastEventId = '7';
    cursor.received = '8';
    const again = observe(cursor.restore());
    expect(again.status).toBe('completed');
    expect(again.values).toHaveLength(1);
    expect(cursor).toMatchObject({ lastEventId: '7', received: '8' });
    expect(reads).toBe(1);
  });

  it('reads its store again after a read failed or was cancelled', async () => {
    const answers: unknown[] = [Promise.reject(new Error('asleep')), new Subject(), 5, of('3')];
    const cursor = new Position(store(() => answers.shift())).enter(NOBODY);
    await expect(observe(cursor.restore()).failed()).resolves.toMatchObject({ cause: new Error('asleep') });
    const second = observe(cursor.restore());
    expect(second.status).toBe('live');
    second.subscription.unsubscribe();
    await expect(observe(cursor.restore()).failed()).resolves.toMatchObject({ cause: expect.any(TypeError) });
    expect(cursor).toMatchObject({ lastEventId: '', received: '' });
    expect(observe(cursor.restore()).status).toBe('completed');
    expect(cursor).toMatchObject({ lastEventId: '3', received: '3' });
  });

  it('does not write before it is restored, and does not write an id that it has read', () => {
    const sets: string[] = [];
    const kept = store(
      () => '3',
      id => sets.push(id),
    );
    const position = new Position(kept);
    position.enter(NOBODY).leave();
    const cursor = position.enter(NOBODY);
    observe(cursor.restore());
    cursor.leave();
    expect(sets).toEqual([]);
  });

  it('waits only once for a write that never settles, in its first restore', async () => {
    const sets: string[] = [];
    const hung = store(
      () => 'old',
      id => {
        sets.push(id);
        return sets.length === 1 ? new Promise(() => undefined) : undefined;
      },
    );
    const writer = new Position(hung).enter(NOBODY);
    writer.lastEventId = '1';
    writer.leave();
    const cursor = new Position(hung).enter(NOBODY);
    const first = observe(cursor.restore());
    await setImmediate();
    expect(first.status).toBe('live');
    first.subscription.unsubscribe();

    expect(observe(cursor.restore()).status).toBe('completed');
    cursor.lastEventId = '2';
    expect(cursor.save()).toBeUndefined();
    expect(sets).toEqual(['1', '2']);
  });

  it('sends writes to a store in order, and reads only after them, for any number of cursors', async () => {
    const who = fc.nat({ max: 3 });
    const command = fc.oneof(
      fc.record({ kind: fc.constantFrom('enter', 'move', 'save', 'leave'), who }),
      fc.record({ kind: fc.constantFrom('resolve', 'reject'), who }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async commands => {
        let kept = '';
        const sets: string[] = [];
        /** The calls that came before a pending write settled. */
        const tooEarly: string[] = [];
        const started: { settle: (isKept: boolean) => void }[] = [];
        const slow = store(
          () => {
            if (started.length > 0) tooEarly.push('get');
            return kept;
          },
          id => {
            sets.push(id);
            if (started.length > 0) tooEarly.push(id);
            return new Promise<void>((resolve, reject) => {
              started.push({
                settle: isKept => {
                  started.pop();
                  if (isKept) kept = id;
                  if (isKept) resolve();
                  else reject(new Error('refused'));
                },
              });
            });
          },
        );
        const cursors = new Map<number, { cursor: Cursor; isRestored: boolean }>();
        const asked: string[] = [];
        const saved = new Map<Cursor, string>();
        let moves = 0;
        const ask = (cursor: Cursor, save: () => unknown) => {
          if (cursor.lastEventId !== saved.get(cursor)) asked.push(cursor.lastEventId);
          saved.set(cursor, cursor.lastEventId);
          save();
        };

        for (const { kind, who: index } of commands) {
          const known = cursors.get(index);
          if (kind === 'enter' && !known) {
            const cursor = new Position(slow).enter(NOBODY);
            const entry = { cursor, isRestored: false };
            cursors.set(index, entry);
            cursor.restore().subscribe({
              complete: () => {
                entry.isRestored = true;
                saved.set(cursor, cursor.lastEventId);
              },
            });
          } else if (kind === 'move' && known?.isRestored) {
            known.cursor.lastEventId = `${++moves}`;
          } else if (kind === 'save' && known?.isRestored) {
            ask(known.cursor, () => known.cursor.save()?.catch(() => undefined));
          } else if (kind === 'leave' && known?.isRestored) {
            ask(known.cursor, () => known.cursor.leave());
            cursors.delete(index);
          } else if (kind === 'resolve' || kind === 'reject') {
            started[0]?.settle(kind === 'resolve');
          }
          await setImmediate();
        }
        while (started[0]) {
          started[0].settle(true);
          await setImmediate();
        }
        expect(tooEarly).toEqual([]);
        expect(sets).toEqual(asked);
        const last = new Position(slow).enter(NOBODY);
        expect(observe(last.restore()).status).toBe('completed');
        expect(last.lastEventId).toBe(kept);
      }),
      { seed: firstSeed, numRuns: 150 },
    );
  });
});
