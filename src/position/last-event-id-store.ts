import type { Answer } from '../settle.js';

/**
 * Where a position outlives its subscription: a page's reload, a process's restart.
 *
 * `get` is asked once when a subscription starts; what it answers without text (`''`, `null`, `undefined`) is a start from
 * nowhere. `set` is told the newest id once for each received chunk, 64 KiB at the most, that moved the position, after the chunk
 * was delivered: a crash in between delivers that chunk again, and none is ever left out. `''` means that the stream has cleared
 * the position. Both may answer at once or by a Promise or an Observable; the next chunk is read when `set` is done.
 *
 * What either throws or rejects with ends the stream with an `EventSourceError` whose `cause` it is; the events of the chunk
 * have been delivered by then.
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
  /** The id to start from; none where it answers without text. */
  get(): Answer<string | null | undefined>;
  /** Keeps the newest id; `''` where there is none any more. */
  set(lastEventId: string): unknown;
}
