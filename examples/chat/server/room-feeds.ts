import { EventBuffer } from 'better-sse';
import { finalize, map, type Observable, shareReplay } from 'rxjs';
import { idOf } from './history.js';
import type { MessageStore, News, StoredMessage } from './message-store.js';

/** New messages of a room, also as text for a stream. */
export interface FeedNews extends News {
  readonly text: EventBuffer;
}

/** Follows each room once for all of its streams, and encodes its messages once. */
export class RoomFeeds {
  private readonly feeds = new Map<string, Observable<FeedNews>>();

  constructor(private readonly store: MessageStore) {}

  /** Emits the current position of the room first. */
  of(room: string): Observable<FeedNews> {
    const known = this.feeds.get(room);
    if (known) return known;
    const feed = this.store.follow(room).pipe(
      map(news => ({ ...news, text: textOf(news.messages) })),
      finalize(() => {
        if (this.feeds.get(room) === feed) this.feeds.delete(room);
      }),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
    this.feeds.set(room, feed);
    return feed;
  }
}

/** Returns the events of messages. */
export function textOf(messages: readonly StoredMessage[]): EventBuffer {
  const text = new EventBuffer();
  for (const { epoch, message } of messages) text.push(message, 'chat', idOf({ epoch, number: message.id }));
  return text;
}
