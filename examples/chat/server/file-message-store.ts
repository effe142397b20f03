import { appendFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import type { MessagesAfter, MessageStore } from './message-store.js';

/** How many messages are kept, if nothing else is said. */
const HISTORY = 10_000;

/** The newest messages, in memory and in a file of JSON lines. */
export class FileMessageStore implements MessageStore {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private messages: ChatMessage[];
  /** How many lines the file has: older messages stay in it for a while. */
  private lines: number;

  private constructor(
    private readonly path: string,
    messages: readonly ChatMessage[],
    /** How much of the file is whole lines, in bytes. */
    private size: number,
    private readonly history: number,
  ) {
    this.messages = messages.slice(-history);
    this.lines = messages.length;
  }

  /**
   * Reads the file, or makes an empty one.
   *
   * @param history how many messages are kept, at least one
   */
  static async open(path: string, history = HISTORY): Promise<FileMessageStore> {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, '');
    const bytes = await readFile(path);
    // A line counts once its end is there. What is behind the last end was cut off while it was written, and never
    // acknowledged.
    const size = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.subarray(0, size).toString('utf8').split('\n').slice(0, -1);
    const messages = lines.map(line => JSON.parse(line) as ChatMessage);
    return new FileMessageStore(path, messages, size, history);
  }

  append(draft: ChatDraft): Promise<ChatMessage> {
    return this.inOrder(() => this.write(draft));
  }

  after(lastEventId: string): Promise<MessagesAfter> {
    const before = (this.messages[0]?.id ?? 1) - 1;
    const id = /^(0|[1-9]\d*)$/.test(lastEventId) ? Number(lastEventId) : NaN;
    const after = id >= before && id <= this.lastId ? id : before;
    return Promise.resolve({ after: String(after), messages: this.messages.slice(after - before) });
  }

  trim(keep: number): Promise<void> {
    return this.inOrder(() => this.rewrite(keep));
  }

  private get lastId(): number {
    return this.messages.at(-1)?.id ?? 0;
  }

  /** One after the other: the order of the file is that of the ids. */
  private inOrder<T>(write: () => Promise<T>): Promise<T> {
    const written = this.lastWrite.then(write);
    this.lastWrite = written.catch(() => undefined);
    return written;
  }

  private async write({ author, message }: ChatDraft): Promise<ChatMessage> {
    if (this.lines >= 2 * this.history) await this.rewrite(this.history);
    const stored = { id: this.lastId + 1, author, message, at: new Date().toISOString() };
    const line = lineOf(stored);
    // First goes what a crash or a full disk has left of an unfinished line.
    await truncate(this.path, this.size);
    await appendFile(this.path, line);
    this.size += Buffer.byteLength(line);
    this.lines++;
    this.messages.push(stored);
    if (this.messages.length > this.history) this.messages.shift();
    return stored;
  }

  /** A file with the newest `keep` messages takes the place of the old one as a whole: a crash leaves the one or the other. */
  private async rewrite(keep: number): Promise<void> {
    const messages = this.messages.slice(-keep);
    const text = messages.map(lineOf).join('');
    await writeFile(`${this.path}.new`, text);
    await rename(`${this.path}.new`, this.path);
    this.messages = messages;
    this.lines = messages.length;
    this.size = Buffer.byteLength(text);
  }
}

const lineOf = (message: ChatMessage) => `${JSON.stringify(message)}\n`;
