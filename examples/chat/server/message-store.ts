import type { Observable } from 'rxjs';
import { type ChatDraft, type ChatMessage, MAX_LENGTH } from '../chat-message.js';
import type { Position } from './history.js';

/** A message and its epoch. Together they are the id of its event. */
export interface StoredMessage {
  readonly epoch: number;
  readonly message: ChatMessage;
}

/** The messages after an id. */
export interface Page {
  /**
   * The position that the messages follow without a gap: the requested one, unless the store can't resume from there.
   */
  readonly after: Position;
  /** The messages in order, limited to one page. */
  readonly messages: readonly StoredMessage[];
  /** The position of the last message. */
  readonly reached: Position;
}

/** New messages in a room. The first value is the start position, without messages. */
export type News = Page;

/** Stores the messages of all rooms. Implement it for your own database. Several servers can share one. */
export interface MessageStore {
  /** Stores a message, and returns it when it would survive a crash of the process. */
  append(room: string, draft: ChatDraft): Promise<ChatMessage>;
  /**
   * Returns the first messages after the one with this id. If the store can't resume from there, `after` is the
   * position where it does (see `resumePoint`). Messages must become visible in the order of their numbers, because a
   * reader only asks for messages after the last one it has seen.
   */
  page(room: string, lastEventId: string): Promise<Page>;
  /**
   * Emits new messages of a room, of all servers, from the subscription on. Each value follows the previous one without
   * a gap. If there would be a gap, it errors, and readers ask again.
   */
  follow(room: string): Observable<News>;
  /** Drops all messages except the newest `keep`, at least one. */
  trim(room: string, keep: number): Promise<void>;
  /** Writes pending messages, and releases everything. */
  close(): Promise<void>;
}

/** The store can't be reached at the moment. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** A room has lost messages that its readers have, or has dropped some that they don't have. */
export class HistoryLostError extends Error {
  override readonly name = 'HistoryLostError';

  constructor(room: string) {
    super(`The messages of ${room} don't continue from the last position`);
  }
}

/** How many bytes may wait for a client that reads slowly. */
export const MAX_WAITING = 1024 * 1024;
/** The largest event, in bytes. JSON needs 6 bytes for some characters, and ids, names and the date need less than 200. */
const MAX_EVENT = 6 * (MAX_LENGTH.author + MAX_LENGTH.message) + 200;
/** How many messages a page has, at most. Even the largest ones may wait. */
export const PAGE_SIZE = Math.floor(MAX_WAITING / MAX_EVENT);
