import { isObservable } from 'rxjs';
import { isPromiseLike, settle } from '../settle.js';
import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * The writes that are on their way, each of them after those before it: fulfilled, never rejected, when they have settled. By
 * store and not by Observable, since streams that follow one another (`switchMap` on a token) share nothing else.
 */
export const pendingWrites = /* @__PURE__ */ new WeakMap<LastEventIdStore, Promise<unknown>>();

/** Has the store keep `lastEventId`, after the writes that are on their way. Undefined if it is done at once. */
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
