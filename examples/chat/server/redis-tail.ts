import { setTimeout as delay } from 'node:timers/promises';
import { ErrorReply } from 'redis';
import { Observable, type Subscriber } from 'rxjs';
import { idOf, type Position } from './history.js';
import { HistoryLostError, type News, PAGE_SIZE, StoreUnavailableError } from './message-store.js';
import type { RedisCommands } from './redis-commands.js';
import { connectToRedis, type RedisConnection } from './redis-connection.js';
import { type Entry, pageOf } from './redis-entry.js';

type Answer = readonly { readonly name: string; readonly messages: readonly Entry[] }[] | null;

/** Knows the rooms. */
export interface RoomSource {
  /** The key of its stream. */
  readonly keyOf: (room: string) => string;
  /** Behind its last message. */
  readonly lastOf: (room: string) => Promise<Position>;
  /** Whether nothing is missing behind a position. */
  readonly canGoOn: (room: string, position: Position) => Promise<boolean>;
}

interface Room {
  readonly name: string;
  readonly readers: Set<Subscriber<News>>;
  reached: Position;
}

/**
 * How long a read waits for new messages, and how long the socket may be silent before it counts as dead, in
 * milliseconds.
 */
const BLOCK = 4_000;
const SOCKET_TIMEOUT = 10_000;
/** How long to wait before trying again, in milliseconds. */
const RETRY = 200;
/** How long to wait before waking a read again that hadn't started to wait, in milliseconds. */
const WAKE = 5;

/**
 * Reads the new messages of all followed rooms with one `XREAD` at a time, on its own connection. Each read continues
 * from the position of the last message, so nothing is lost between two reads.
 */
export class RedisTail {
  private readonly rooms = new Map<string, Room>();
  private readonly reader: RedisConnection;
  private readerId: number | undefined;
  /** How many reads have started. */
  private reads = 0;
  private reading: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly commands: RedisCommands,
    url: string,
    private readonly source: RoomSource,
  ) {
    this.reader = connectToRedis(url, { socketTimeout: SOCKET_TIMEOUT });
    this.reader.on('error', () => (this.readerId = undefined));
  }

  /** Emits new messages of a room. All followers share one position, so each receives the same values. */
  follow(name: string): Observable<News> {
    return new Observable(subscriber => {
      void this.join(name, subscriber);
      return () => this.leave(name, subscriber);
    });
  }

  close(): void {
    this.closed = true;
    this.rooms.clear();
    if (this.reader.isOpen) this.reader.destroy();
  }

  private async join(name: string, subscriber: Subscriber<News>): Promise<void> {
    try {
      const reached = this.rooms.get(name)?.reached ?? (await this.source.lastOf(name));
      if (subscriber.closed || this.closed) return;
      const room = this.rooms.get(name) ?? { name, readers: new Set(), reached };
      const isNew = room.readers.size === 0;
      room.readers.add(subscriber);
      this.rooms.set(name, room);
      subscriber.next(pageOf(room.reached, []));
      if (isNew) void this.include(room);
    } catch (error) {
      subscriber.error(error);
    }
  }

  private leave(name: string, subscriber: Subscriber<News>): void {
    const room = this.rooms.get(name);
    if (!room?.readers.delete(subscriber) || room.readers.size > 0) return;
    this.rooms.delete(name);
  }

  /** Starts to read, or makes the read that waits begin again, with the new room in it. */
  private async include(room: Room): Promise<void> {
    const { reads } = this;
    let wait = WAKE;
    while (this.reads === reads && this.rooms.get(room.name) === room) {
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      // 0 means that the read was sent but isn't waiting yet.
      const { readerId } = this;
      const woken =
        readerId !== undefined && (await this.commands.ask(client => client.clientUnblock(readerId)).catch(() => 0));
      if (!woken) await delay(wait);
      wait = Math.min(2 * wait, RETRY);
    }
  }

  private async read(): Promise<void> {
    while (this.rooms.size > 0) {
      try {
        if (!this.reader.isOpen) await this.reader.connect();
        if (this.readerId === undefined) await this.greet();
        await this.readOnce();
      } catch {
        this.readerId = undefined;
        if (!this.closed) await delay(RETRY);
      }
    }
    this.readerId = undefined;
    if (this.reader.isOpen) this.reader.destroy();
  }

  /** On a new connection: it may lead to a Redis that has lost what the readers have. */
  private async greet(): Promise<void> {
    // In this order: if Redis goes away from here on, the reader notices.
    const readerId = await this.reader.clientId();
    await this.check([...this.rooms.values()]);
    this.readerId = readerId;
  }

  /** Fails the rooms that can't go on from where they are. All are asked at once, since nobody hears anything meanwhile. */
  private async check(rooms: readonly Room[]): Promise<void> {
    await Promise.all(
      rooms.map(async room => {
        const goesOn = await this.source.canGoOn(room.name, room.reached).catch((error: unknown) => {
          if (!isRefusal(error)) throw error;
          // Something else is where the messages of the room should be: the other rooms go on.
          return false;
        });
        if (!goesOn) this.fail(room);
      }),
    );
  }

  private async readOnce(): Promise<void> {
    const rooms = new Map([...this.rooms.values()].map(room => [this.source.keyOf(room.name), room]));
    this.reads++;
    const streams = [...rooms].map(([key, { reached }]) => ({ key, id: idOf(reached) }));
    const answer = (await this.reader.xRead(streams, { BLOCK, COUNT: PAGE_SIZE }).catch((error: unknown) => {
      if (error instanceof ErrorReply) return null;
      throw error;
    })) as Answer;
    // Nothing came. That is so, too, if something else is where the messages of a room should be, or if all was deleted, and the ids of now are
    // smaller than those of before.
    if (answer === null) await this.check([...rooms.values()]);
    for (const { name, messages } of answer ?? []) {
      const room = rooms.get(name);
      if (room) await this.pass(room, messages);
    }
  }

  private async pass(room: Room, entries: readonly Entry[]): Promise<void> {
    try {
      const news = pageOf(room.reached, entries);
      const isWhole = news.messages.every(({ message }, index) => message.id === room.reached.number + 1 + index);
      // In another epoch the same number may be another message.
      const isSafe = news.reached.epoch === room.reached.epoch || (await this.source.canGoOn(room.name, room.reached));
      if (isWhole && isSafe) {
        room.reached = news.reached;
        for (const reader of [...room.readers]) reader.next(news);
        return;
      }
    } catch {
      // It isn't a message, so it can't be passed on.
    }
    this.fail(room);
  }

  private fail(room: Room): void {
    if (this.rooms.get(room.name) === room) this.rooms.delete(room.name);
    for (const reader of [...room.readers]) reader.error(new HistoryLostError(room.name));
  }
}

/** Whether Redis has answered, and it was an error. */
const isRefusal = (error: unknown) => error instanceof StoreUnavailableError && error.cause instanceof ErrorReply;
