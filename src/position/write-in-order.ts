import { isObservable } from 'rxjs';
import { isPromiseLike, settle } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * The pending writes of each store, one after the other. The Promise fulfills when all have settled, and never rejects.
 * Keyed by store, not by Observable: streams that follow each other (`switchMap` on a token) share only the store.
 */
export const pendingWrites = /* @__PURE__ */ new WeakMap<LastEventIdStore, Promise<unknown>>();

/** Saves `lastEventId` in the store after all pending writes. Returns `undefined` if it's done at once. */
export function writeInOrder(store: LastEventIdStore, lastEventId: string): Promise<unknown> | undefined {
  const set = () => {
    const answer = store.set(lastEventId);
    if (!isObservable(answer)) return answer;
    return new Promise<void>((resolve, reject) => {
      settle('', () => answer).subscribe({ error: reject, complete: resolve });
    });
  };
  const before = pendingWrites.get(store);
  let written: unknown;
  try {
    written = before ? before.then(set) : set();
  } catch (error) {
    written = Promise.reject(error);
  }
  if (!isPromiseLike(written)) return undefined;
  const write = Promise.resolve(written);
  const settled = write
    .catch(() => undefined)
    .then(() => {
      if (pendingWrites.get(store) === settled) pendingWrites.delete(store);
    });
  pendingWrites.set(store, settled);
  return write;
}
