import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../client/message-of.js';
import { StoreUnavailableError } from './message-store.js';
import { connectToRedis, type RedisConnection } from './redis-connection.js';

/** How long a command waits to be sent, and how long for its answer; in milliseconds. What was not sent by then isn't sent later. */
const QUEUE_TIMEOUT = 2_000;
const TIMEOUT = 3_000;

/** Commands to Redis, each of which has an answer or an error in time. */
export class RedisCommands {
  private constructor(
    private readonly url: string,
    private client: RedisConnection,
  ) {}

  /** Connects. It rejects if there is no Redis, or one that is too old. */
  static async connect(url: string): Promise<RedisCommands> {
    const client = connectToRedis(url, { queueTimeout: QUEUE_TIMEOUT });
    try {
      await client.connect();
      const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '?';
      if (!(parseInt(version) >= 7)) throw new Error(`Expected Redis 7.0 or newer, but it is ${version}`);
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw new Error(`There is no Redis to use at ${url}: ${messageOf(error)}`, { cause: error });
    }
    return new RedisCommands(url, client);
  }

  /** The answer to a command. It rejects with a `StoreUnavailableError` if there is none, or an error. */
  async ask<T>(command: (client: RedisConnection) => Promise<T>): Promise<T> {
    const { client } = this;
    const answered = new AbortController();
    const tooLate = delay(TIMEOUT, undefined, { signal: answered.signal }).then(() => {
      this.replace(client);
      throw new Error(`Redis has not answered within ${TIMEOUT} ms`);
    });
    try {
      return await Promise.race([command(client), tooLate]);
    } catch (error) {
      throw new StoreUnavailableError('The messages are not available now', { cause: error });
    } finally {
      tooLate.catch(() => undefined);
      answered.abort();
    }
  }

  /** What was sent may go on to its end, but it doesn't wait for a Redis that is gone. */
  async close(): Promise<void> {
    if (!this.client.isReady) this.client.destroy();
    else await this.ask(client => client.close()).catch(() => undefined);
  }

  /** A connection on which nothing comes may be dead, and nobody says so: another one takes its place. */
  private replace(client: RedisConnection): void {
    if (this.client !== client || !client.isReady) return;
    client.destroy();
    this.client = connectToRedis(this.url, { queueTimeout: QUEUE_TIMEOUT, keepsTrying: true });
    this.client.connect().catch(() => undefined);
  }
}
