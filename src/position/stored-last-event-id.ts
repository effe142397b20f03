import { checkGiven } from '#check';
import { isObject } from '../kind.js';
import { isPromiseLike } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';

/** The part of `Storage` that `storedLastEventId` uses. It can return Promises, like `AsyncStorage` of React Native. */
export interface LastEventIdStorage {
  /** Returns the value of a key, or `null` if there is none. */
  getItem(key: string): string | null | PromiseLike<string | null>;
  /** Saves a value under a key. */
  setItem(key: string, value: string): unknown;
  /** Removes a key. */
  removeItem(key: string): unknown;
}

/** A position that isn't in the storage, because the write is pending or was rejected. */
interface Unsaved {
  readonly id: string;
  refused: boolean;
  /** The stored value at the time of the rejection; `undefined` if it can't be read. */
  over?: string | null | undefined;
}

// Keyed by storage and key, not by store: if you create a stream for each token, you also create a store for each.
const unsaved = /* @__PURE__ */ new WeakMap<LastEventIdStorage, Map<string, Unsaved>>();

/**
 * Keeps the position under `key` in `localStorage`, `sessionStorage` or a similar storage, so that the stream resumes
 * after a reload. Removes the key if the stream clears the position.
 *
 * The stream continues if the storage rejects a write, for example because it's full or access is denied. The position
 * then stays in memory: new subscriptions continue from it, but a reload starts from the stored one. The position in
 * memory is dropped as soon as a later write succeeds or another tab writes. If the storage can't be read, the position
 * in memory is used, if there is one.
 *
 * @param key the key of the position; use a different one for each stream
 * @param storage the storage to use
 *
 * @example
 * ```ts
 * fromEventSource('/chat/stream', { lastEventId: storedLastEventId('chat.position', localStorage) });
 * ```
 */
export function storedLastEventId(key: string, storage: LastEventIdStorage): LastEventIdStore {
  checkGiven('key', key, ['a name', value => typeof value === 'string']);
  checkGiven('storage', storage, ['a storage with getItem, setItem and removeItem', isStorage]);
  const kept = () => unsaved.get(storage)?.get(key);
  const drop = () => {
    unsaved.get(storage)?.delete(key);
  };
  const read = () => storage.getItem(key);

  return {
    get() {
      const position = kept();
      // A pending write counts as stored.
      if (position && !position.refused) return position.id;
      return settled(read, (stored, failed) => {
        if (!position) return stored;
        const isNewer = failed || position.over === undefined || position.over === (stored ?? null);
        if (isNewer) return position.id;
        if (kept() === position) drop();
        return stored;
      });
    },
    set(id) {
      const position: Unsaved = { id, refused: false };
      keep(storage, key, position);
      const write = () => (id ? storage.setItem(key, id) : storage.removeItem(key));
      return settled(write, (_answer, failed) => {
        if (kept() !== position) return undefined;
        if (!failed) {
          drop();
          return undefined;
        }
        position.refused = true;
        return settled(read, (stored, unreadable) => {
          position.over = unreadable ? undefined : (stored ?? null);
        });
      });
    },
  };
}

function keep(storage: LastEventIdStorage, key: string, position: Unsaved): void {
  const positions = unsaved.get(storage) ?? new Map<string, Unsaved>();
  unsaved.set(storage, positions.set(key, position));
}

/** Calls back with the answer of `ask`, at once or when its Promise settles. Also called if the Promise rejects. */
function settled<T, R>(
  ask: () => T | PromiseLike<T>,
  follow: (answer: T | undefined, failed: boolean) => R | PromiseLike<R>,
): R | PromiseLike<R> {
  let answer;
  try {
    answer = ask();
  } catch {
    return follow(undefined, true);
  }
  if (!isPromiseLike(answer)) return follow(answer, false);
  return answer.then(
    value => follow(value, false),
    () => follow(undefined, true),
  );
}

const isStorage = (value: unknown): boolean => {
  const { getItem, setItem, removeItem } = (isObject(value) ? value : {}) as Partial<LastEventIdStorage>;
  return [getItem, setItem, removeItem].every(method => typeof method === 'function');
};
