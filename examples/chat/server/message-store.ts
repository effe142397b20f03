import type { ChatDraft, ChatMessage } from '../chat-message.js';

/** Where the messages are kept: the seam to put a database in. */
export interface MessageStore {
  /** Keeps a message, and answers with it once it would survive the process. */
  append(draft: ChatDraft): Promise<ChatMessage>;
  /**
   * The messages after the one with that id, in order; all of them where the id is unknown. A message must not show before
   * all those with a smaller id do: a reader asks only for what comes after the last that it saw.
   */
  after(lastEventId: string): Promise<readonly ChatMessage[]>;
}
