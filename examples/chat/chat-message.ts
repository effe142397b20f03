/** A message as its author sends it. */
export interface ChatDraft {
  readonly author: string;
  readonly message: string;
}

/** A message as the server keeps it, and sends it on. */
export interface ChatMessage extends ChatDraft {
  /** The messages of a room are numbered from 1, without a gap. The id of the event that carries the message ends with it. */
  readonly id: number;
  /** When the server took it: an ISO 8601 date. */
  readonly at: string;
}

/** All that the server holds of a room: the answer to `GET /chat/messages`. */
export interface ChatSnapshot {
  /** In order. The first one isn't #1 if the server has forgotten older ones. */
  readonly messages: readonly ChatMessage[];
  /** The number of the last message, 0 if there never was one. */
  readonly lastId: number;
}

/** The longest author and message, in UTF-16 code units. */
export const MAX_LENGTH: Readonly<Record<keyof ChatDraft, number>> = { author: 40, message: 2000 };

/** The room, unless a request names another one. */
export const LOBBY = 'lobby';
