import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';

/** A Redis server on a port of this machine, with a folder of its own. It can be killed, and started again with what it has kept. */
export class RedisServer {
  private program: Program | undefined;

  private constructor(
    private readonly port: number,
    /** Where it keeps what it holds. */
    readonly folder: string,
    private readonly keepsAll: boolean,
  ) {}

  /**
   * Starts one on a free port.
   *
   * @param options.keepsAll whether it acknowledges nothing that it could lose; otherwise it keeps what was there at the last `SAVE`
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
        // Between the choice of the port and the start, somebody else may have taken it.
        if (attempt === 5 || !String(error).includes('in use')) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again with what it has kept. */
  async start(): Promise<void> {
    const persistence = this.keepsAll ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    this.program = await Program.start({
      executable: findProgram('redis-server'),
      args: ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', ...persistence],
      ready: /Ready to accept connections/,
    });
  }

  /** Ends it at once, whatever it is doing. */
  async kill(): Promise<void> {
    await this.program?.end('SIGKILL');
  }

  /** Writes down what it holds: all that a server has that may lose what comes after that. */
  async save(): Promise<void> {
    const client = createClient({ url: this.url });
    await client.connect();
    await client.sendCommand(['SAVE']);
    await client.close();
  }

  /** Stops it in the middle of what it does, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.program?.signal(signal);
  }

  /** Ends it, and removes what it has kept. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true });
  }
}
