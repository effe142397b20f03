import { setTimeout as delay } from 'node:timers/promises';
import { Observable, type Subscriber } from 'rxjs';
import { BEGINNING, idOf, isAtOrBehind, type Position } from './history.js';
import { HistoryLostError, type News } from './message-store.js';
import type { RedisCommands } from './redis-commands.js';
import { connectToRedis, type RedisConnection } from './redis-connection.js';
import { type Entry, pageOf, positionOf } from './redis-entry.js';

type Answer = readonly { readonly name: string; readonly messages: readonly Entry[] }[] | null;

interface Room {
  readonly name: string;
  readonly readers: Set<Subscriber<News>>;
  reached: Position;
}

/** How long a read waits for news, and how long the socket may be silent before it counts as dead; in milliseconds. */
const BLOCK = 4_000;
const SOCKET_TIMEOUT = 10_000;
/** How long it waits before it tries again, in milliseconds. */
const RETRY = 200;
/** How long until it wakes a read again that didn't wait yet, in milliseconds. */
const WAKE = 5;
/** How many entries one read takes from each room, at most. */
const COUNT = 1_000;

/**
 * What comes in the rooms that somebody follows: one `XREAD` at a time, on a connection of its own, that waits for all of them. It is asked from the
 * position behind the last message that came, so nothing gets lost between two reads.
 */
export class RedisTail {
  private readonly rooms = new Map<string, Room>();
  private readonly reader: RedisConnection;
  private readerId: number | undefined;
  /** How many reads have begun. */
  private reads = 0;
  private reading: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly commands: RedisCommands,
    url: string,
    private readonly keyOf: (room: string) => string,
  ) {
    this.reader = connectToRedis(url, { socketTimeout: SOCKET_TIMEOUT });
    this.reader.on('error', () => (this.readerId = undefined));
  }

  /** What comes in a room. All who follow it share one place in it, and so each of them hears the same pieces. */
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
      const reached = this.rooms.get(name)?.reached ?? (await this.lastOf(name));
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

  private async lastOf(name: string): Promise<Position> {
    const newest = await this.commands.ask(client => client.xRevRange(this.keyOf(name), '+', '-', { COUNT: 1 }));
    return newest?.[0] ? positionOf(newest[0]) : BEGINNING;
  }

  /** Starts to read, or makes the read that waits begin again, with the new room in it. */
  private async include(room: Room): Promise<void> {
    const { reads } = this;
    while (this.reads === reads && this.rooms.get(room.name) === room) {
      this.reading ??= this.read().finally(() => (this.reading = undefined));
      // 0: the read is on its way, and doesn't wait yet.
      const { readerId } = this;
      const woken =
        readerId !== undefined && (await this.commands.ask(client => client.clientUnblock(readerId)).catch(() => 0));
      if (!woken) await delay(WAKE);
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

  /** On a new connection: it may lead to a Redis that has lost what its readers have. */
  private async greet(): Promise<void> {
    for (const room of this.rooms.values()) {
      const last = await this.lastOf(room.name);
      if (!isAtOrBehind(last, room.reached)) this.fail(room);
    }
    this.readerId = await this.reader.clientId();
  }

  private async readOnce(): Promise<void> {
    const rooms = [...this.rooms.values()];
    this.reads++;
    const streams = rooms.map(({ name, reached }) => ({ key: this.keyOf(name), id: idOf(reached) }));
    const answer = (await this.reader.xRead(streams, { BLOCK, COUNT })) as Answer;
    const byKey = new Map(rooms.map(room => [this.keyOf(room.name), room]));
    for (const { name, messages } of answer ?? []) {
      const room = byKey.get(name);
      if (room) this.pass(room, messages);
    }
  }

  private pass(room: Room, entries: readonly Entry[]): void {
    const news = pageOf(room.reached, entries);
    const whole = entries.every((entry, index) => positionOf(entry).number === room.reached.number + 1 + index);
    if (!whole) {
      this.fail(room);
      return;
    }
    room.reached = news.reached;
    for (const reader of [...room.readers]) reader.next(news);
  }

  private fail(room: Room): void {
    if (this.rooms.get(room.name) === room) this.rooms.delete(room.name);
    for (const reader of [...room.readers]) reader.error(new HistoryLostError(room.name));
  }
}
