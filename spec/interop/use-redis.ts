import { afterEach } from '@jest/globals';
import { createClient } from 'redis';
import { RedisMessageStore } from '../../examples/chat/server/redis-message-store.js';
import { RedisServer } from '../../examples/chat/several/redis-server.js';
import { ChatFixture } from '../examples/chat-fixture.js';

/** The key of the lobby's messages in Redis. */
export const KEY = 'chat:{lobby}:messages';

/** A Redis and the chats on it, for one test at a time. */
export class RedisBed {
  private readonly closing: (() => Promise<unknown>)[] = [];
  private server: RedisServer | undefined;

  get redis(): RedisServer {
    if (!this.server) throw new Error('Expected a Redis to be started');
    return this.server;
  }

  /** @param keepsAll whether Redis acknowledges only writes that it can't lose */
  async startRedis(keepsAll = true): Promise<void> {
    this.server = await RedisServer.start({ keepsAll });
    this.closeLater(this.server);
  }

  async startChat(history?: number): Promise<ChatFixture> {
    const options = history === undefined ? {} : { history };
    const chat = await ChatFixture.start({
      ...options,
      openStore: () => RedisMessageStore.open({ url: this.redis.url, ...options }),
    });
    this.closeLater(chat);
    return chat;
  }

  /** Sends a command, as typed in a console. */
  async command(...words: string[]): Promise<unknown> {
    return this.commandTo(this.redis, ...words);
  }

  async commandTo(server: RedisServer, ...words: string[]): Promise<unknown> {
    const client = createClient({ url: server.url });
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      await client.close();
    }
  }

  closeLater(what: { close(): Promise<unknown> }): void {
    this.closing.push(() => what.close());
  }

  /** Closes the resource that was started last. */
  async closeLast(): Promise<void> {
    await this.closing.pop()?.();
  }

  async close(): Promise<void> {
    for (const close of this.closing.splice(0).reverse()) await close();
  }
}

/** Returns a bed that is closed after each test of the file. */
export function useRedis(): RedisBed {
  const bed = new RedisBed();
  afterEach(() => bed.close());
  return bed;
}

/** Posts a message, and retries until Redis accepts it. */
export async function postWhenBack(chat: ChatFixture, text: string) {
  for (;;) {
    const posted = await chat.post(text).catch(() => undefined);
    if (posted) return posted;
  }
}
