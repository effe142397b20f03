import { type LastEventIdStore, storedLastEventId } from 'rx-sse';
import type { ChatMessage } from '../../../../chat/chat-message';

/** How many messages are kept. */
const KEPT = 500;

/**
 * Keeps the newest messages and the position after them in the browser, so that they survive a reload. The stream saves
 * the position once per delivered chunk. The messages are written first, so none is missing.
 */
export class MessageHistory implements LastEventIdStore {
  private readonly messagesKey: string;
  private readonly positionKey: string;
  private readonly stored: LastEventIdStore;
  /** The position of this page. The stored one may be newer, because another page of the same user changes it too. */
  private position = '';

  /** @param messages returns all messages, in order, when the position changes */
  constructor(
    user: string,
    private readonly messages: () => readonly ChatMessage[],
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = browserStorage(),
  ) {
    this.messagesKey = `chat.messages.${user}`;
    this.positionKey = `chat.position.${user}`;
    this.stored = storedLastEventId(this.positionKey, storage);
  }

  /**
   * Returns the stored messages. If they are older than the position or can't be read, the server sends everything
   * again.
   */
  read(): readonly ChatMessage[] {
    const messages = parse(this.storage.getItem(this.messagesKey));
    const position = this.storage.getItem(this.positionKey) ?? '';
    this.position = (messages.at(-1)?.id ?? 0) < numberOf(position) ? '' : position;
    return messages;
  }

  forget(): void {
    this.storage.removeItem(this.positionKey);
    this.storage.removeItem(this.messagesKey);
  }

  get() {
    return this.position;
  }

  set(id: string) {
    this.position = id;
    try {
      this.storage.setItem(this.messagesKey, JSON.stringify(this.messages().slice(-KEPT)));
      this.stored.set(id);
    } catch {
      // There is no space. The chat works, but starts again after a reload.
      this.forget();
    }
  }
}

function parse(text: string | null): readonly ChatMessage[] {
  try {
    const messages: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(messages) ? (messages as ChatMessage[]) : [];
  } catch {
    return [];
  }
}

/** Returns the number of the last message in a position: `<epoch>-<number>`. */
const numberOf = (position: string) => Number(position.slice(position.lastIndexOf('-') + 1));

/** Returns `localStorage`. If the browser forbids it, nothing is kept. */
function browserStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}
