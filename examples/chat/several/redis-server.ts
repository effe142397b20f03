import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';

/**
 * A Redis server on a port of this machine, with its own folder. It can be killed, and restarted with its saved data.
 */
export class RedisServer {
  private program: Program | undefined;

  private constructor(
    private readonly port: number,
    /** The folder of its data. */
    readonly folder: string,
    private readonly keepsAll: boolean,
  ) {}

  /**
   * Starts Redis on a free port.
   *
   * @param options.keepsAll whether it saves each write before the response; otherwise it only keeps the data of the
   * last `SAVE`
   */
  static async start({ keepsAll = true }: { readonly keepsAll?: boolean } = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const folder = await mkdtemp(join(tmpdir(), 'redis-'));
      const server = new RedisServer(await freePort(), folder, keepsAll);
      try {
        await server.start();
        return server;
      } catch (error) {
        await server.close();
        // Another process may have taken the port meanwhile.
        if (attempt === 5 || !String(error).includes('in use')) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again with its saved data. */
  async start(): Promise<void> {
    const persistence = this.keepsAll ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    this.program = await Program.start({
      executable: findProgram('redis-server'),
      args: ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', ...persistence],
      ready: /Ready to accept connections/,
    });
  }

  /** Kills it at once. */
  async kill(): Promise<void> {
    await this.program?.end('SIGKILL');
  }

  /** Saves all data. With `keepsAll: false`, later data may be lost. */
  async save(): Promise<void> {
    const client = createClient({ url: this.url });
    await client.connect();
    await client.sendCommand(['SAVE']);
    await client.close();
  }

  /** Pauses or continues the process. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.program?.signal(signal);
  }

  /** Stops it, and removes its data. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }
}
