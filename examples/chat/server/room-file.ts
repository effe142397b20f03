import { appendFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Observable, Subject } from 'rxjs';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import { type Epoch, type History, parseId, positionAt, reachable, resumePoint } from './history.js';
import { type News, type Page, PAGE_SIZE, StoreUnavailableError, type StoredMessage } from './message-store.js';

/**
 * Keeps the messages of a room in memory and in a file of JSON lines. A line is a message, or the start of an epoch.
 */
export class RoomFile {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private readonly news = new Subject<News>();
  private messages: ChatMessage[];
  /** How many lines the file has. Older messages stay in it for a while. */
  private lines: number;

  private constructor(
    private readonly path: string,
    messages: readonly ChatMessage[],
    private epochs: readonly Epoch[],
    /** The size of all complete lines in the file, in bytes. */
    private size: number,
    private readonly history: number,
    /** When it was opened: the epoch of all new messages. */
    private readonly openedAt: number,
  ) {
    this.messages = messages.slice(-history);
    this.lines = messages.length + epochs.length;
  }

  /**
   * Reads the file, if there is one.
   *
   * @param history how many messages are kept, at least one
   */
  static async open(path: string, history: number, now: () => number): Promise<RoomFile> {
    const bytes = await readFile(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    // A line only counts with its line end. Anything after the last line end was cut off while writing, and never
    // acknowledged.
    const size = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.subarray(0, size).toString('utf8').split('\n').slice(0, -1);
    const entries = lines.map((line, index) => parseLine(line, `${path}:${index + 1}`));
    const epochs = entries.filter(entry => 'epoch' in entry);
    const messages = entries.filter(entry => 'id' in entry);
    return new RoomFile(path, messages, epochs, size, history, Math.max(now(), (epochs.at(-1)?.epoch ?? 0) + 1));
  }

  append(draft: ChatDraft): Promise<ChatMessage> {
    return this.inOrder(() => this.write(draft));
  }

  page(lastEventId: string): Page {
    const asked = parseId(lastEventId);
    const after = resumePoint(asked, this.bounds);
    const start = after.number - this.bounds.first + 1;
    return this.pageOf(after, this.messages.slice(start, start + PAGE_SIZE));
  }

  follow(): Observable<News> {
    return new Observable(subscriber => {
      subscriber.next(this.pageOf(this.reached, []));
      return this.news.subscribe(subscriber);
    });
  }

  trim(keep: number): Promise<void> {
    return this.inOrder(() => this.rewrite(keep));
  }

  /** Fulfills when everything is written. */
  async close(): Promise<void> {
    await this.inOrder(() => Promise.resolve());
  }

  private get bounds(): History {
    const last = this.messages.at(-1)?.id ?? 0;
    return { epochs: this.epochs, first: this.messages[0]?.id ?? 1, last };
  }

  private get reached() {
    return positionAt(this.bounds.last, this.epochs);
  }

  private pageOf(after: Page['after'], messages: readonly ChatMessage[]): Page {
    const stored = messages.map((message): StoredMessage => ({ ...positionAt(message.id, this.epochs), message }));
    const last = messages.at(-1);
    return { after, messages: stored, reached: last ? positionAt(last.id, this.epochs) : after };
  }

  /** Writes one after the other, so that the order of the file matches the ids. */
  private inOrder<T>(write: () => Promise<T>): Promise<T> {
    const written = this.lastWrite.then(write);
    this.lastWrite = written.catch(() => undefined);
    return written;
  }

  private async write({ author, message }: ChatDraft): Promise<ChatMessage> {
    // It saves room. If there is none for it, the message may fit nevertheless.
    if (this.lines >= 2 * this.history) await this.rewrite(this.history).catch(() => undefined);
    const { last } = this.bounds;
    const stored = { id: last + 1, author, message, at: new Date().toISOString() };
    const begins = this.epochs.at(-1)?.epoch === this.openedAt ? [] : [{ epoch: this.openedAt, after: last }];
    const lines = [...begins, stored];
    const text = lines.map(lineOf).join('');
    // Removes an incomplete line that a crash or a full disk has left.
    if (this.size > 0) await truncate(this.path, this.size);
    else await mkdir(dirname(this.path), { recursive: true });
    await appendFile(this.path, text, { flag: this.size > 0 ? 'a' : 'w' });
    this.size += Buffer.byteLength(text);
    this.lines += lines.length;
    const after = this.reached;
    this.epochs = [...this.epochs, ...begins];
    this.messages.push(stored);
    if (this.messages.length > this.history) this.messages.shift();
    this.news.next(this.pageOf(after, [stored]));
    return stored;
  }

  /**
   * Replaces the whole file at once with the newest `keep` messages. After a crash, either the old or the new file
   * remains.
   */
  private async rewrite(keep: number): Promise<void> {
    const messages = this.messages.slice(-keep);
    if (messages.length === 0) return;
    const epochs = reachable({ ...this.bounds, epochs: this.epochs, first: messages[0]?.id ?? 1 });
    const text = [...epochs, ...messages].map(lineOf).join('');
    const path = `${this.path}.new`;
    await writeFile(path, text).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    await rename(path, this.path);
    this.messages = messages;
    this.epochs = epochs;
    this.lines = epochs.length + messages.length;
    this.size = Buffer.byteLength(text);
  }
}

function parseLine(line: string, place: string): ChatMessage | Epoch {
  try {
    return JSON.parse(line) as ChatMessage | Epoch;
  } catch (error) {
    throw new StoreUnavailableError(`Expected JSON at ${place}`, { cause: error });
  }
}

const lineOf = (entry: ChatMessage | Epoch) => `${JSON.stringify(entry)}\n`;
