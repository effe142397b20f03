import type { Answer } from '../settle.js';

/**
 * Keeps a position for longer than a subscription, for example across page reloads or process restarts.
 *
 * `get` is called once when a subscription starts. If it returns `''`, `null` or `undefined`, the stream starts without
 * a position.
 *
 * `set` is called with the newest id after a chunk (at most 64 KiB) that changed the position was delivered, at most
 * once per chunk. After a crash, that chunk is delivered again, but no event is lost. `''` means that the stream
 * cleared the position.
 *
 * Both can return a value, a Promise or an Observable. For an Observable, the first value counts: then, or when it
 * completes, `set` is done and the Observable is unsubscribed. The next chunk is read when `set` is done.
 *
 * Streams that use the same store object wait for each other, even if one follows the other. Writes happen one by one,
 * in order, and `get` is called after all pending writes. If a `set` never finishes, its own stream stops. Another
 * stream waits for it until its `connectTimeout`, and then continues without it.
 *
 * If the store throws or rejects, the stream errors with an `EventSourceError` whose `cause` is the reason. The events
 * of the chunk were already delivered.
 *
 * @example
 * ```ts
 * const store: LastEventIdStore = {
 *   get: () => settings.get('chat.position'),
 *   set: id => settings.put('chat.position', id),
 * };
 * fromEventSource('/chat/stream', { lastEventId: store });
 * ```
 */
export interface LastEventIdStore {
  /** Returns the id to start from, or nothing to start without one. */
  get(): Answer<string | null | undefined>;
  /** Saves the newest id. `''` means none. */
  set(lastEventId: string): unknown;
}
