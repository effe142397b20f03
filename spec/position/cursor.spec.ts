import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { of, Subject } from 'rxjs';
import type { LastEventIdStore } from '../../src/index.js';
import { type Cursor, Position } from '../../src/position/position.js';
import { observe } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';

const NOBODY = {};

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
