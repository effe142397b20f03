import type { Answer } from '../settle.js';

/**
 * Keeps a position for longer than a subscription lasts: over a page's reload, a process's restart.
 *
 * `get` is called once when a subscription starts. If it answers without text (`''`, `null`, `undefined`), the stream starts from
 * nowhere. `set` is called with the newest id once for each received chunk, 64 KiB at the most, that moved the position, after the
 * chunk was delivered. So a crash in between delivers that chunk again, but no event is left out. `''` means that the stream has
 * cleared the position.
 *
 * Both may answer at once, with a Promise, or with an Observable, of which the first value counts: `set` is done then, or when the
 * Observable completes, and it is unsubscribed from. The next chunk is read when `set` is done.
 *
 * Streams that use the same store object, at once or one after the other, wait for each other: writes go out one by one, in order, and
 * `get` is called when those that are on their way have settled. A `set` that never answers stops the stream that called it. Another
 * stream that starts meanwhile waits for it until its `connectTimeout`, and then goes on without it.
 *
 * A store ends the stream only if it throws or rejects: with an `EventSourceError` whose `cause` says why. The events of the chunk have
 * been delivered by then.
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
  /** Returns the id to start from, or nothing to start from nowhere. */
  get(): Answer<string | null | undefined>;
  /** Keeps the newest id. `''` is none. */
  set(lastEventId: string): unknown;
}
