import type { Observable } from 'rxjs';
import type { ChatDraft, ChatMessage } from '../chat-message.js';
import {
  BEGINNING,
  type Epoch,
  type History,
  idOf,
  parseId,
  type Position,
  positionAt,
  reachable,
  resumePoint,
} from './history.js';
import { type MessageStore, type News, type Page, PAGE_SIZE } from './message-store.js';
import { RedisCommands } from './redis-commands.js';
import { type Entry, pageOf, positionOf } from './redis-entry.js';
import { RedisTail } from './redis-tail.js';

export interface RedisMessageStoreOptions {
  /** The URL of Redis 7.0 or newer: `redis://127.0.0.1:6379`. */
  readonly url: string;
  /** How many messages of a room are kept, at least one. */
  readonly history?: number;
  /** The prefix of all keys. */
  readonly prefix?: string;
}

/** How many messages are kept by default. */
const HISTORY = 10_000;

/** Keeps the newest messages of each room in its own Redis Stream. For any number of servers. */
export class RedisMessageStore implements MessageStore {
  private readonly tail: RedisTail;

  private constructor(
    private readonly commands: RedisCommands,
    url: string,
    private readonly history: number,
    private readonly prefix: string,
  ) {
    this.tail = new RedisTail(commands, url, {
      keyOf: room => this.keysOf(room)[0],
      lastOf: async room => {
        const { epochs, last } = await this.historyOf(room);
        return positionAt(last, epochs);
      },
      canGoOn: async (room, position) => idOf(resumePoint(position, await this.historyOf(room))) === idOf(position),
    });
  }

  /** Connects. Rejects if there is no Redis, or if it's too old. */
  static async open({ url, history = HISTORY, prefix = 'chat' }: RedisMessageStoreOptions): Promise<RedisMessageStore> {
    return new RedisMessageStore(await RedisCommands.connect(url), url, history, prefix);
  }

  async append(room: string, { author, message }: ChatDraft): Promise<ChatMessage> {
    const { id, at, begins } = await this.commands.ask(client =>
      client.append(this.keysOf(room), author, message, this.history),
    );
    // The message is stored. If dropping fails, the next epoch tries again.
    if (begins) await this.dropEpochs(room).catch(() => undefined);
    return { id: positionOf({ id }).number, author, message, at: new Date(at).toISOString() };
  }

  async page(room: string, lastEventId: string): Promise<Page> {
    const asked = parseId(lastEventId);
    const [history, entries] = await Promise.all([
      this.historyOf(room),
      // Sent together with the first: mostly it is the answer.
      this.entriesAfter(room, asked ?? BEGINNING),
    ]);
    const after = resumePoint(asked, history);
    const isAnswer = idOf(after) === idOf(asked ?? BEGINNING);
    const read = isAnswer ? entries : await this.entriesAfter(room, after);
    return pageOf(beforeFirst(after, read, history.epochs), read);
  }

  follow(room: string): Observable<News> {
    return this.tail.follow(room);
  }

  async trim(room: string, keep: number): Promise<void> {
    await this.commands.ask(client => client.xTrim(this.keysOf(room)[0], 'MAXLEN', keep));
  }

  async close(): Promise<void> {
    this.tail.close();
    await this.commands.close();
  }

  /**
   * Drops the epochs that no answer depends on, because there is one more each time Redis restarts, fails over, or loses the room. A room keeps at most
   * one for each stored message, and the one before; more only while somebody restores older copies of the messages alone. A dropped epoch is never
   * needed again, so another server may write meanwhile.
   */
  private async dropEpochs(room: string): Promise<void> {
    const history = await this.historyOf(room);
    const kept = new Set(reachable(history));
    const dropped = history.epochs.filter(epoch => !kept.has(epoch)).map(({ epoch }) => String(epoch));
    if (dropped.length > 0) await this.commands.ask(client => client.hDel(this.keysOf(room)[1], dropped));
  }

  /** The messages of a client were there before it asked, so it does no harm if one of these answers is newer than another. */
  private async historyOf(room: string): Promise<History> {
    const [stream, epochs, life] = this.keysOf(room);
    const [begun, lastId, oldest] = await this.commands.ask(client =>
      Promise.all([client.hGetAll(epochs), client.hGet(life, 'last'), client.xRange(stream, '-', '+', { COUNT: 1 })]),
    );
    const last = parseId(lastId ?? '')?.number ?? 0;
    const first = oldest?.[0] ? positionOf(oldest[0]).number : last + 1;
    return { epochs: epochsOf(begun), first, last };
  }

  private async entriesAfter(room: string, after: Position): Promise<Entry[]> {
    const [stream] = this.keysOf(room);
    const range = `(${idOf(after)}`;
    return (await this.commands.ask(client => client.xRange(stream, range, '+', { COUNT: PAGE_SIZE }))) ?? [];
  }

  /** The braces keep the keys of a room on one node of a Redis Cluster. */
  private keysOf(room: string) {
    const name = `${this.prefix}:{${room}}`;
    return [`${name}:messages`, `${name}:epochs`, `${name}:life`] as const;
  }
}

const epochsOf = (begun: Readonly<Record<string, string>>): Epoch[] =>
  Object.entries(begun)
    .map(([epoch, after]) => ({ epoch: Number(epoch), after: Number(after) }))
    .sort((one, other) => one.epoch - other.epoch);

/** If messages before the first one were deleted or trimmed after the history was read, they are missing. */
function beforeFirst(after: Position, [first]: readonly Entry[], epochs: readonly Epoch[]): Position {
  const number = first ? positionOf(first).number : after.number + 1;
  return number === after.number + 1 ? after : positionAt(number - 1, epochs);
}
