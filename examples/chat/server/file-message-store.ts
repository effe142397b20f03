import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import type { MessageStore } from './message-store.js';

/** Messages in memory, and in a file of JSON lines that is only ever appended to. */
export class FileMessageStore implements MessageStore {
  private lastAppend: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly messages: ChatMessage[],
    /** How much of the file is whole lines, in bytes. */
    private size: number,
  ) {}

  /** Reads the file, or makes an empty one. */
  static async open(path: string): Promise<FileMessageStore> {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, '');
    const bytes = await readFile(path);
    // A line counts once its end is there. What is behind the last end was cut off while it was written, and never
    // acknowledged.
    const size = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.subarray(0, size).toString('utf8').split('\n').slice(0, -1);
    return new FileMessageStore(
      path,
      lines.map(line => JSON.parse(line) as ChatMessage),
      size,
    );
  }

  append(draft: ChatDraft): Promise<ChatMessage> {
    // One after the other: the order of the file is that of the ids.
    const append = this.lastAppend.then(() => this.write(draft));
    this.lastAppend = append.catch(() => undefined);
    return append;
  }

  after(lastEventId: string): Promise<readonly ChatMessage[]> {
    const known = /^[1-9]\d*$/.test(lastEventId) && Number(lastEventId) <= this.messages.length;
    return Promise.resolve(this.messages.slice(known ? Number(lastEventId) : 0));
  }

  private async write({ author, message }: ChatDraft): Promise<ChatMessage> {
    const stored = { id: this.messages.length + 1, author, message, at: new Date().toISOString() };
    const line = `${JSON.stringify(stored)}\n`;
    // First goes what a crash or a full disk has left of an unfinished line.
    await truncate(this.path, this.size);
    await appendFile(this.path, line);
    this.size += Buffer.byteLength(line);
    this.messages.push(stored);
    return stored;
  }
}
