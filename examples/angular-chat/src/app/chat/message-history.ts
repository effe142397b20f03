import { type LastEventIdStore, storedLastEventId } from 'rx-sse';
import type { ChatMessage } from '../../../../chat/chat-message';

/** How many messages are kept. */
const KEPT = 500;

/**
 * The newest messages that somebody was sent, and the position behind them: kept in the browser, they survive a reload. The stream moves the
 * position once per chunk, after that was delivered; so the messages are written first, and what is kept has no hole.
 */
export class MessageHistory implements LastEventIdStore {
  private readonly messagesKey: string;
  private readonly positionKey: string;
  private readonly stored: LastEventIdStore;
  /** Where this page stands. What is stored may be ahead of it: a second page of the same person moves that, too. */
  private position = '';

  /** @param messages all messages, in order, as they are when the position moves */
  constructor(
    user: string,
    private readonly messages: () => readonly ChatMessage[],
    private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = browserStorage(),
  ) {
    this.messagesKey = `chat.messages.${user}`;
    this.positionKey = `chat.position.${user}`;
    this.stored = storedLastEventId(this.positionKey, storage);
  }

  /** What was kept. Where that is behind the position, or is no longer to be read, the server sends everything again. */
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
      // There is no room for it. The chat goes on, and begins anew after a reload.
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

/** The number of the message that a position is behind: `<epoch>-<number>`. */
const numberOf = (position: string) => Number(position.slice(position.lastIndexOf('-') + 1));

/** `localStorage`; where the browser forbids that, nothing is kept. */
function browserStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}
