import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../client/message-of.js';
import { StoreUnavailableError } from './message-store.js';
import { connectToRedis, type RedisConnection } from './redis-connection.js';

/**
 * How long a command may wait until it's sent, and how long for its response, in milliseconds. If it isn't sent by
 * then, it's dropped.
 */
const QUEUE_TIMEOUT = 2_000;
const TIMEOUT = 3_000;
/** A connection that isn't answered, not even its greeting, is given up by the silence of its socket. */
const OPTIONS = { queueTimeout: QUEUE_TIMEOUT, pingInterval: 2_000, socketTimeout: 5_000 };

/** Sends commands to Redis. Each gets a response or an error in time. */
export class RedisCommands {
  private connecting: Promise<unknown> = Promise.resolve();
  private closed = false;

  private constructor(
    private readonly url: string,
    private client: RedisConnection,
  ) {}

  /** Connects. Rejects if there is no Redis, or if it's too old. */
  static async connect(url: string): Promise<RedisCommands> {
    const client = connectToRedis(url, OPTIONS);
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

  /**
   * Returns the response to a command. Rejects with a `StoreUnavailableError` if there is none, or if it's an error.
   */
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

  /** Sent commands may finish, but it doesn't wait for a Redis that is gone. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.client.isReady) await this.ask(client => client.close()).catch(() => undefined);
    const { client } = this;
    if (client.isOpen) client.destroy();
    // A client can't be destroyed while it connects.
    void this.connecting.then(() => client.isOpen && client.destroy());
  }

  /** A silent connection may be dead without an error, so it's replaced. */
  private replace(client: RedisConnection): void {
    if (this.client !== client || !client.isReady || this.closed) return;
    client.destroy();
    this.client = connectToRedis(this.url, { ...OPTIONS, keepsTrying: true });
    this.connecting = this.client.connect().catch(() => undefined);
  }
}
