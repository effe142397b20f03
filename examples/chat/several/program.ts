import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Matches a line of the output when the program is ready. */
  readonly ready: RegExp;
}

/** A child process that can be killed at any time. */
export class Program {
  private constructor(
    private readonly child: ChildProcess,
    /** The line that matched. */
    readonly greeting: string,
  ) {}

  /** Fulfills when the program is ready. If it ends earlier, rejects with its output. */
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

  /** Fulfills when the program has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    await closed;
  }

  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
