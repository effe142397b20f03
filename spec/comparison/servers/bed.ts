import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerConfig } from './contender.js';
import { type Contender, CONTENDERS } from './contenders.js';
import { Reader } from './reader.js';
import { RedisServer } from '../../../examples/chat/several/redis-server.js';
import { ServerProcess } from './server-process.js';

/** The resources of one situation: a Redis, a folder, and the servers and readers of one contender. */
export class Bed {
  private readonly servers: ServerProcess[] = [];
  private readonly readers: Reader[] = [];

  private constructor(
    private readonly name: string,
    readonly contender: Contender,
    private readonly redis: RedisServer,
    private readonly folder: string,
  ) {}

  /** Passes a bed to `act`, and removes everything that was started. */
  static async with<T>(name: string, act: (bed: Bed) => Promise<T>): Promise<T> {
    const contender = CONTENDERS[name];
    if (!contender) throw new Error(`Expected one of ${Object.keys(CONTENDERS).join()}, but got ${name}`);
    const folder = await mkdtemp(join(tmpdir(), 'servers-'));
    const bed = new Bed(name, contender, await RedisServer.start({ keepsAll: false }), folder);
    try {
      return await act(bed);
    } finally {
      for (const reader of bed.readers) reader.close();
      await Promise.all(bed.servers.map(server => server.kill()));
      await bed.redis.close();
      await rm(folder, { recursive: true });
    }
  }

  /** Whether several servers can share the same messages. */
  get isShared(): boolean {
    return this.contender.keepsIn === 'redis';
  }

  /** Whether a stream has one producer, and ends without it. */
  get hasOneProducer(): boolean {
    return this.contender.oneProducer ?? false;
  }

  /** Starts a server. It finds the data that earlier servers have left. */
  async start(variant?: ServerConfig['variant']): Promise<ServerProcess> {
    const { folder, redis } = this;
    const config = { redisUrl: redis.url, folder, ...(variant ? { variant } : {}) };
    const server = await ServerProcess.start(this.name, config);
    this.servers.push(server);
    return server;
  }

  /** Returns a reader when it is connected or refused. With an id, it resumes. */
  async read(server: ServerProcess, lastEventId?: string): Promise<Reader> {
    const reader = new Reader(server.url, event => this.contender.numberOf(event), lastEventId);
    this.readers.push(reader);
    return reader.when(({ isOpen, isOver }) => isOpen || isOver);
  }

  /**
   * Loses the messages, wherever they are kept. Returns the server that continues, which is the same one if it keeps no
   * messages itself.
   */
  async loseMessages(server: ServerProcess): Promise<ServerProcess> {
    if (this.isShared) {
      await this.redis.kill();
      await this.redis.start();
      return server;
    }
    await server.kill();
    for (const file of await readdir(this.folder)) await rm(join(this.folder, file), { recursive: true });
    return this.start();
  }
}
