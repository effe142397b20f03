import { checkGiven } from '#check';
import { isObject } from '../kind.js';
import { isPromiseLike } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';

/** What `storedLastEventId` needs of a `Storage`. The answers may be Promises, as those of React Native's `AsyncStorage` are. */
export interface LastEventIdStorage {
  /** Returns what is kept under a key, `null` if that is nothing. */
  getItem(key: string): string | null | PromiseLike<string | null>;
  /** Keeps a value under a key. */
  setItem(key: string, value: string): unknown;
  /** Removes what is kept under a key. */
  removeItem(key: string): unknown;
}

/** A position that the storage doesn't have: not yet, or because it has refused it. */
interface Unsaved {
  readonly id: string;
  refused: boolean;
  /** What the storage holds in its place, if it has refused it; undefined if that can't be read. */
  over?: string | null | undefined;
}

// By storage and key and not by store: who makes a stream for each token makes a store for each as well.
const unsaved = /* @__PURE__ */ new WeakMap<LastEventIdStorage, Map<string, Unsaved>>();

/**
 * Keeps the position under `key` in `localStorage`, `sessionStorage` or the like, so that the stream goes on after a reload. The
 * key is removed when the stream clears the position.
 *
 * A storage that refuses a write (it is full, or forbidden) doesn't end the stream. The position is kept in memory then: a
 * subscription goes on from it, and only a reload starts from what the storage has. It is dropped once a later write succeeds, or
 * another tab has written meanwhile. From a storage that can't be read, the position in memory is taken, or none.
 *
 * @param key the name under which the position is kept: one for each stream
 * @param storage where it is kept
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
      // A write that is on its way will be there.
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

/** Goes on with what `ask` answers, at once or when its Promise has settled, also if it fails. */
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
