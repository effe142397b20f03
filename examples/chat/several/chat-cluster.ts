import { join } from 'node:path';
import { freePort } from './free-port.js';
import { LoadBalancer } from './load-balancer.js';
import { Program } from './program.js';
import { RedisServer } from './redis-server.js';

export interface ChatClusterOptions {
  /** How many chat servers. */
  readonly servers?: number;
  /** The URL of an existing Redis. By default, the cluster starts its own. */
  readonly redis?: string;
  /** How many messages of a room are kept. */
  readonly history?: number;
  /** The reconnection time for clients, and the interval of heartbeats, in milliseconds. */
  readonly retry?: number;
  readonly heartbeat?: number;
}

/**
 * Several chat servers on one Redis, behind an nginx that distributes connections. Each server is a process that can be
 * killed.
 */
export class ChatCluster {
  private balancer: LoadBalancer | undefined;

  private constructor(
    /** Its own Redis, if it has one. */
    readonly redis: RedisServer | undefined,
    readonly servers: readonly ServerProcess[],
  ) {}

  static async start({ servers = 3, redis, ...options }: ChatClusterOptions = {}): Promise<ChatCluster> {
    const own = redis === undefined ? await RedisServer.start() : undefined;
    const ports = await distinctPorts(servers);
    const args = Object.entries({ redis: redis ?? own?.url, ...options }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    const cluster = new ChatCluster(
      own,
      ports.map(port => new ServerProcess(port, args)),
    );
    try {
      for (const server of cluster.servers) await server.start();
      cluster.balancer = await LoadBalancer.start(ports);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** The origin for clients. */
  get origin(): string {
    if (!this.balancer) throw new Error('Expected the cluster to be started');
    return this.balancer.origin;
  }

  async close(): Promise<void> {
    await this.balancer?.close();
    await Promise.all(this.servers.map(server => server.kill()));
    await this.redis?.close();
  }
}

/** A chat server in its own process. It keeps its port after a restart. */
export class ServerProcess {
  private program: Program | undefined;

  constructor(
    readonly port: number,
    private readonly args: readonly string[],
  ) {}

  async start(): Promise<void> {
    this.program = await Program.start({
      executable: process.execPath,
      args: ['--import', 'tsx', join(import.meta.dirname, '../serve.ts'), '--port', String(this.port), ...this.args],
      ready: /^The chat is at /,
    });
  }

  get running(): boolean {
    return this.program?.running === true;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    await this.program?.end('SIGKILL');
  }

  /** Stops it, and lets it close its connections. */
  async stop(): Promise<void> {
    await this.program?.end('SIGTERM');
  }
}

async function distinctPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
