/** A message as its author sends it. */
export interface ChatDraft {
  readonly author: string;
  readonly message: string;
}

/** A message as the server keeps it, and sends it on. */
export interface ChatMessage extends ChatDraft {
  /** The messages are numbered from 1, without a gap. It is the id of the event that carries the message. */
  readonly id: number;
  /** When the server took it: an ISO 8601 date. */
  readonly at: string;
}

/** All that the server holds: the answer to `GET /chat/messages`. */
export interface ChatSnapshot {
  /** In order. The first one isn't #1 if the server has forgotten older ones. */
  readonly messages: readonly ChatMessage[];
  /** The id of the last message, 0 if there never was one. */
  readonly lastId: number;
}

/** The longest author and message, in UTF-16 code units. */
export const MAX_LENGTH: Readonly<Record<keyof ChatDraft, number>> = { author: 40, message: 2000 };
