/** A message as its author sends it. */
export interface ChatDraft {
  readonly author: string;
  readonly message: string;
}

/** A message as the server stores and sends it. */
export interface ChatMessage extends ChatDraft {
  /** The messages of a room are numbered from 1, without gaps. The id of the message's event ends with this number. */
  readonly id: number;
  /** When the server received it: an ISO 8601 date. */
  readonly at: string;
}

/** All messages that the server has of a room: the response to `GET /chat/messages`. */
export interface ChatSnapshot {
  /** In order. If the server has dropped older messages, the first one isn't #1. */
  readonly messages: readonly ChatMessage[];
  /** The number of the last message; 0 if there never was one. */
  readonly lastId: number;
}

/** The longest author and message, in UTF-16 code units. */
export const MAX_LENGTH: Readonly<Record<keyof ChatDraft, number>> = { author: 40, message: 2000 };

/** The room of requests that don't name one. */
export const LOBBY = 'lobby';
