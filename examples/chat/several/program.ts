import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A line of its output that says that it is ready. */
  readonly ready: RegExp;
}

/** A process that was started here, and that can be killed at any moment. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** The line that said that it is ready. */
    readonly greeting: string,
  ) {}

  /** Fulfilled once it is ready. It rejects with what the program has printed if it ends before that. */
  static async start({ executable, args, env = {}, ready }: Command): Promise<Program> {
    const child = spawn(executable, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const printed: string[] = [];
    const greeting = new Promise<string>(resolve => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', line => {
          printed.push(line);
          if (ready.test(line)) resolve(line);
        });
      }
    });
    const ended = once(child, 'close').then(() => undefined);
    const line = await Promise.race([greeting, ended]);
    if (line === undefined) throw new Error(`${executable} ended before it was ready: ${printed.join('\n')}`);
    return new Program(child, line);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Fulfilled once it has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    await closed;
  }

  /** Sends a signal, and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
