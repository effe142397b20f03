import { join } from 'node:path';
import { from, type Observable, switchMap } from 'rxjs';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import { FolderLock } from './folder-lock.js';
import { type MessageStore, type News, type Page, StoreUnavailableError } from './message-store.js';
import { RoomFile } from './room-file.js';

export interface FileMessageStoreOptions {
  /** How many messages of a room are kept, at least one. */
  readonly history?: number;
  /** Returns the time in milliseconds, for the epoch. */
  readonly now?: () => number;
}

/** How many messages are kept by default. */
const HISTORY = 10_000;

/** How many rooms it opens: each is in memory, whoever has named it. */
const MAX_ROOMS = 1_000;

/** The newest messages of each room, in memory and in a file: for one server. */
export class FileMessageStore implements MessageStore {
  private readonly rooms = new Map<string, Promise<RoomFile>>();

  private constructor(
    private readonly folder: string,
    private readonly history: number,
    private readonly now: () => number,
    private readonly lock: FolderLock,
  ) {}

  /** Opens the folder. It rejects if another process uses it. */
  static async open(
    folder: string,
    { history = HISTORY, now = Date.now }: FileMessageStoreOptions = {},
  ): Promise<FileMessageStore> {
    return new FileMessageStore(folder, history, now, await FolderLock.take(folder));
  }

  async append(room: string, draft: ChatDraft): Promise<ChatMessage> {
    return (await this.room(room)).append(draft);
  }

  async page(room: string, lastEventId: string): Promise<Page> {
    return (await this.room(room)).page(lastEventId);
  }

  follow(room: string): Observable<News> {
    return from(this.room(room)).pipe(switchMap(file => file.follow()));
  }

  async trim(room: string, keep: number): Promise<void> {
    return (await this.room(room)).trim(keep);
  }

  async close(): Promise<void> {
    for (const room of this.rooms.values()) await (await room).close();
    await this.lock.release();
  }

  private room(name: string): Promise<RoomFile> {
    const known = this.rooms.get(name);
    if (known) return known;
    if (this.rooms.size >= MAX_ROOMS) return Promise.reject(new StoreUnavailableError('There are too many rooms'));
    const opened = RoomFile.open(join(this.folder, `${name}.jsonl`), this.history, this.now);
    this.rooms.set(name, opened);
    opened.catch(() => this.rooms.delete(name));
    return opened;
  }
}
