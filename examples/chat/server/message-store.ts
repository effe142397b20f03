import type { ChatDraft, ChatMessage } from '../chat-message.js';

/** What a store answers when it is asked for what comes after an id. */
export interface MessagesAfter {
  /**
   * The id that the messages follow without a hole. It is the one that was asked for, or if the store can't go on from there, the one before
   * the first message that it holds.
   */
  readonly after: string;
  /** The messages, in order. */
  readonly messages: readonly ChatMessage[];
}

/** Where the messages are kept: the seam to put a database in. */
export interface MessageStore {
  /** Keeps a message, and answers with it once it would survive the process. */
  append(draft: ChatDraft): Promise<ChatMessage>;
  /**
   * The messages after the one with that id; all that the store holds if it doesn't know the id, or no longer has what came after it. A message
   * must not show before all those with a smaller id do: a reader asks only for what comes after the last that it saw.
   */
  after(lastEventId: string): Promise<MessagesAfter>;
  /** Forgets all messages but the newest `keep`, at least one: the next id follows from it. */
  trim(keep: number): Promise<void>;
}
