import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defer } from 'rxjs';
import { fromEventSource, type LastEventIdStorage, type LastEventIdStore, storedLastEventId } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';
import { SseServer } from '../support/sse-server.js';

describe('storedLastEventId', () => {
  it('keeps the id under its key, and removes the key when the position is cleared', () => {
    const items = new Map([['other', 'x']]);
    const store = storedLastEventId('chat', {
      getItem: key => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: key => void items.delete(key),
    });
    expect(store.get()).toBeNull();
    store.set('7');
    expect(store.get()).toBe('7');
    expect(items.get('chat')).toBe('7');
    store.set('');
    expect([...items.keys()]).toEqual(['other']);
  });

  it('returns the Promises of an asynchronous storage', async () => {
    const items = new Map([['chat', '7']]);
    const store = storedLastEventId('chat', {
      getItem: key => Promise.resolve(items.get(key) ?? null),
      setItem: (key, value) => Promise.resolve().then(() => void items.set(key, value)),
      removeItem: key => Promise.resolve().then(() => void items.delete(key)),
    });
    expect(await store.get()).toBe('7');
    await store.set('8');
    expect(items.get('chat')).toBe('8');
    expect(await store.get()).toBe('8');
    await store.set('');
    expect(await store.get()).toBeNull();
  });

  itChecked.each([
    ['key', 5, new Map()],
    ['storage', 'chat', undefined],
    ['storage', 'chat', null],
    ['storage', 'chat', { getItem: () => null, setItem: () => undefined }],
  ])('throws a TypeError for an invalid %s', (name, key, storage) => {
    const call = () => storedLastEventId(key as string, storage as unknown as LastEventIdStorage);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(`\`${name}\``);
  });

  /** A storage that can reject reads or writes, and that returns values or Promises. */
  class Moody implements LastEventIdStorage {
    readonly items = new Map<string, string>();
    isFull = false;
    isForbidden = false;
    constructor(private readonly isLate: boolean) {}

    getItem(key: string) {
      return this.answer(this.isForbidden, () => this.items.get(key) ?? null);
    }
    setItem(key: string, value: string) {
      return this.answer(this.isForbidden || this.isFull, () => void this.items.set(key, value));
    }
    removeItem(key: string) {
      return this.answer(this.isForbidden || this.isFull, () => void this.items.delete(key));
    }

    private answer<T>(fails: boolean, act: () => T): T | Promise<T> {
      if (this.isLate) return fails ? Promise.reject(new Error('refused')) : Promise.resolve().then(act);
      if (fails) throw new Error('refused');
      return act();
    }
  }

  describe.each([
    ['that returns values', false],
    ['that returns Promises', true],
  ])('with a storage %s', (_which, isLate) => {
    const started = (stored = '') => {
      const storage = new Moody(isLate);
      if (stored) storage.items.set('chat', stored);
      return { storage, store: storedLastEventId('chat', storage) };
    };
    const ended = async (store: LastEventIdStore, id: string) => {
      await store.set(id);
      return store.get();
    };

    it('keeps an id in memory that the storage rejects, until the storage accepts a later one', async () => {
      const { storage, store } = started('1');
      storage.isFull = true;
      expect(await ended(store, '2')).toBe('2');
      expect(await ended(store, '3')).toBe('3');
      expect(storage.items.get('chat')).toBe('1');
      storage.isFull = false;
      expect(await ended(store, '4')).toBe('4');
      storage.items.set('chat', '5');
      expect(await store.get()).toBe('5');
    });

    it('keeps a cleared position in memory that the storage rejects', async () => {
      const { storage, store } = started('1');
      storage.isFull = true;
      expect(await ended(store, '')).toBe('');
      expect(storage.items.get('chat')).toBe('1');
    });

    it('drops the id in memory if another tab has stored one since', async () => {
      const { storage, store } = started('1');
      storage.isFull = true;
      await store.set('2');
      storage.items.set('chat', '9');
      expect(await store.get()).toBe('9');
      storage.items.set('chat', '1');
      expect(await store.get()).toBe('1');
    });

    it('returns the id in memory if the storage is forbidden, and nothing at first', async () => {
      const { storage, store } = started('1');
      storage.isForbidden = true;
      expect(await store.get()).toBeUndefined();
      expect(await ended(store, '2')).toBe('2');
      storage.isForbidden = false;
      expect(await store.get()).toBe('2');
      expect(await ended(store, '3')).toBe('3');
      expect(storage.items.get('chat')).toBe('3');
    });

    it('shares the id in memory with another store for the same key and storage, and with no other', async () => {
      const { storage, store } = started();
      storage.isFull = true;
      await store.set('2');
      expect(await storedLastEventId('chat', storage).get()).toBe('2');
      expect(await storedLastEventId('other', storage).get()).toBeNull();
      expect(await storedLastEventId('chat', new Moody(isLate)).get()).toBeNull();
    });

    it('does not end the stream, and the next subscription resumes', async () => {
      const { storage } = started();
      storage.isFull = true;
      const server = await SseServer.start();
      try {
        const source = defer(() =>
          fromEventSource(server.url, { lastEventId: storedLastEventId('chat', storage), reconnect: false }),
        );
        const stream = observe(source);
        (await server.exchange(0)).open().send('id: 1\ndata: a\n\n').end('id: 2\ndata: b\n\n');
        expect(await stream.completed()).toHaveLength(2);
        const next = observe(source);
        expect((await server.exchange(1)).lastEventId).toBe('2');
        next.subscription.unsubscribe();
      } finally {
        await server.close();
      }
    });

    it('behaves like a simple model, with any sequence of failures', async () => {
      const command = fc.oneof(
        fc.record({ set: fc.constantFrom('', '1', '2', '3') }),
        fc.constant({ get: true }),
        fc.record({ isFull: fc.boolean() }),
        fc.record({ isForbidden: fc.boolean() }),
        fc.record({ otherTab: fc.constantFrom('7', '8') }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 30 }), async commands => {
          const { storage } = started();
          const stored = () => storage.items.get('chat') ?? null;
          const model = { id: '', over: undefined as string | null | undefined, isInMemory: false };
          const actual: unknown[] = [];
          const expected: unknown[] = [];
          for (const given of commands) {
            const { isFull, isForbidden } = storage;
            if ('isFull' in given || 'isForbidden' in given) Object.assign(storage, given);
            else if ('otherTab' in given) storage.items.set('chat', given.otherTab);
            else if ('set' in given) {
              await storedLastEventId('chat', storage).set(given.set);
              model.isInMemory = isFull || isForbidden;
              model.id = given.set;
              model.over = isForbidden ? undefined : stored();
              actual.push(model.isInMemory || stored());
              expected.push(model.isInMemory || given.set || null);
            } else {
              if (model.over !== undefined && !isForbidden && stored() !== model.over) model.isInMemory = false;
              actual.push(await storedLastEventId('chat', storage).get());
              expected.push(model.isInMemory ? model.id : isForbidden ? undefined : stored());
            }
          }
          expect(actual).toEqual(expected);
        }),
        { seed: firstSeed },
      );
    });
  });

  it('returns the id of a pending write, and the newest of several', async () => {
    const writes: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const storage = {
      getItem: () => Promise.resolve('old'),
      setItem: () => new Promise<void>((resolve, reject) => writes.push({ resolve, reject })),
      removeItem: () => undefined,
    };
    const store = storedLastEventId('chat', storage);
    const first = store.set('1');
    expect(await store.get()).toBe('1');
    const second = store.set('2');
    expect(await store.get()).toBe('2');
    writes[0]?.resolve();
    await first;
    expect(await store.get()).toBe('2');
    writes[1]?.reject(new Error('full'));
    await second;
    expect(await store.get()).toBe('2');
  });
});
