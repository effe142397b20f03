import { afterEach } from '@jest/globals';
import { createClient } from 'redis';
import { RedisMessageStore } from '../../examples/chat/server/redis-message-store.js';
import { RedisServer } from '../../examples/chat/several/redis-server.js';
import { ChatFixture } from '../examples/chat-fixture.js';

/** Where Redis has the messages of the lobby. */
export const KEY = 'chat:{lobby}:messages';

/** A Redis, and chats on it, for one test each. */
export class RedisBed {
  private readonly closing: (() => Promise<unknown>)[] = [];
  private server: RedisServer | undefined;

  get redis(): RedisServer {
    if (!this.server) throw new Error('Expected a Redis to be started');
    return this.server;
  }

  /** @param keepsAll whether it acknowledges nothing that it could lose */
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

  /** A command as somebody types it. */
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

  /** Closes what was started last. */
  async closeLast(): Promise<void> {
    await this.closing.pop()?.();
  }

  async close(): Promise<void> {
    for (const close of this.closing.splice(0).reverse()) await close();
  }
}

/** One for each test of a file. */
export function useRedis(): RedisBed {
  const bed = new RedisBed();
  afterEach(() => bed.close());
  return bed;
}

/** Posts a message as soon as Redis takes it. */
export async function postWhenBack(chat: ChatFixture, text: string) {
  for (;;) {
    const posted = await chat.post(text).catch(() => undefined);
    if (posted) return posted;
  }
}
