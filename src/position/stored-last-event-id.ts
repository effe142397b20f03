import type { LastEventIdStore } from './last-event-id-store.js';

/** What `storedLastEventId` needs of a `Storage`; the answers may be Promises, as React Native's `AsyncStorage` gives them. */
export interface LastEventIdStorage {
  /** What is kept under a key, `null` for nothing. */
  getItem(key: string): string | null | PromiseLike<string | null>;
  /** Keeps a value under a key. */
  setItem(key: string, value: string): unknown;
  /** Keeps nothing under a key any more. */
  removeItem(key: string): unknown;
}

/**
 * A position kept under `key` in `localStorage`, `sessionStorage` or the like: the stream goes on after a reload. The key is
 * removed when the stream clears the position.
 *
 * What the storage throws (it is full, or forbidden) ends the stream with an `EventSourceError`.
 *
 * @example
 * ```ts
 * fromEventSource('/chat/stream', { lastEventId: storedLastEventId('chat.position', localStorage) });
 * ```
 */
export function storedLastEventId(key: string, storage: LastEventIdStorage): LastEventIdStore {
  return {
    get: () => storage.getItem(key),
    set: id => (id ? storage.setItem(key, id) : storage.removeItem(key)),
  };
}
