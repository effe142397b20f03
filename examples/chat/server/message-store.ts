import type { Observable } from 'rxjs';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import type { Position } from './history.js';

/** A message, and the epoch that it belongs to: together they make the id of its event. */
export interface StoredMessage {
  readonly epoch: number;
  readonly message: ChatMessage;
}

/** What a store answers when it is asked for what comes after an id. */
export interface Page {
  /** The position that the messages follow without a hole: the one that was asked for, unless the store can't go on from there. */
  readonly after: Position;
  /** In order; a page of them, or all that there are. */
  readonly messages: readonly StoredMessage[];
  /** The position behind the last one. */
  readonly reached: Position;
}

/** What came in a room. The first one says where it begins, and has no messages. */
export type News = Page;

/** Where the messages of all rooms are kept: the seam to put a database in. Several servers may share what is behind it. */
export interface MessageStore {
  /** Keeps a message, and answers with it once it would survive the process. */
  append(room: string, draft: ChatDraft): Promise<ChatMessage>;
  /**
   * The first messages after the one with that id. If the store can't go on from there, `after` says from where it does (see `resumePoint`). A
   * message must not show before all those with a smaller number do: a reader asks only for what comes after the last that it saw.
   */
  page(room: string, lastEventId: string): Promise<Page>;
  /**
   * What comes in a room, by whichever server, from the subscription on. Each piece follows the last one without a hole. It errors if one doesn't:
   * its readers ask again then.
   */
  follow(room: string): Observable<News>;
  /** Forgets all messages but the newest `keep`, at least one. */
  trim(room: string, keep: number): Promise<void>;
  /** Writes what is still to be written, and lets go of all that it holds. */
  close(): Promise<void>;
}

/** The store can't be reached at the moment. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** A room has lost messages that its readers have, or has forgotten some that they don't. */
export class HistoryLostError extends Error {
  override readonly name = 'HistoryLostError';

  constructor(room: string) {
    super(`The messages of ${room} don't go on where they were`);
  }
}

/** How many messages a page has, at most. */
export const PAGE_SIZE = 200;
