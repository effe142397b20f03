import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import type { ServerConfig } from './contender.js';
import type { Order, Reply } from './serve.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** The output folder. Bundles in it can resolve packages. */
const BUILT = fileURLToPath(new URL('../../../node_modules/.cache/servers/', import.meta.url));

/** The build, shared by all processes, because it takes longer than everything else. */
let built: Promise<unknown> | undefined;
const build = () =>
  (built ??= esbuild({
    entryPoints: [join(HERE, 'serve.ts'), join(HERE, 'contenders/*.ts')],
    outbase: HERE,
    outdir: BUILT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  }));

/** A contender’s server in its own process. */
export class ServerProcess {
  private orders = 0;

  private constructor(
    private readonly child: ChildProcess,
    /** The URL of its event stream. */
    readonly url: string,
    /** Rejects when the process has ended, with its error output. */
    private readonly died: Promise<never>,
  ) {}

  /** @param contender the name of a module in `contenders/` */
  static async start(contender: string, config: ServerConfig): Promise<ServerProcess> {
    await build();
    const child = fork(join(BUILT, 'serve.mjs'), [join(BUILT, `contenders/${contender}.mjs`), JSON.stringify(config)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    const said: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const died = new Promise<never>((_, reject) => {
      child.once('close', () => reject(new Error(`The server of ${contender} has ended: ${said.join('')}`)));
    });
    // The end of the process is an error only while something waits for it.
    died.catch(() => undefined);
    const [{ url }] = (await Promise.race([once(child, 'message'), died])) as [{ url: string }];
    return new ServerProcess(child, url, died);
  }

  /** Publishes these numbers, one after the other, each with this many extra characters. */
  async publish(from: number, to: number, padding = 0): Promise<void> {
    await this.order({ kind: 'publish', from, to, padding });
  }

  /** Publishes one number after the other, as fast as possible. The returned function stops this, and returns the last number. */
  run(from: number): () => Promise<number> {
    const last = this.order({ kind: 'run', from });
    // If something else fails, the process is killed while this order is pending.
    last.catch(() => undefined);
    return async () => {
      await this.order({ kind: 'stop' });
      return (await last) ?? from;
    };
  }

  /** Makes the published messages part of a history that is gone. */
  async forget(): Promise<void> {
    await this.order({ kind: 'forget' });
  }

  /** Returns the memory that the process uses after garbage collection, in bytes. */
  async memory(): Promise<number> {
    return (await this.order({ kind: 'memory' })) ?? NaN;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops the process at once, like a machine that has no time for it. The returned function lets it continue. */
  stall(): () => void {
    this.child.kill('SIGSTOP');
    return () => this.child.kill('SIGCONT');
  }

  /** Ends the process by `SIGKILL`, which leaves it no time to clean up. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private async order(order: Order): Promise<number | undefined> {
    const number = this.orders++;
    const done = new Promise<number | undefined>((resolve, reject) => {
      const settle = (reply: Reply) => {
        if (!('order' in reply) || reply.order !== number) return;
        this.child.off('message', settle);
        if (reply.error === undefined) resolve(reply.value);
        else reject(new Error(reply.error));
      };
      this.child.on('message', settle);
      this.child.send({ number, order }, error => error && reject(error));
    });
    return Promise.race([done, this.died]);
  }
}
