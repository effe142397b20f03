import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach } from '@jest/globals';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** The outcome of a run of the command: how it ended, and its output. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running process of the command. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Fulfilled when standard output contains the text. */
  hasPrinted(text: string): Promise<void>;
  /** Fulfilled with the match when standard output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
}

/** Bundles the command into one file, made of the sources. Processes that a test leaves behind are killed. */
export function useCommand() {
  // Three folders below the root, as in the package, because `--version` reads package.json.
  const file = join(root, 'node_modules/.cache/rx-sse-cli', `main-${process.pid}-${Date.now()}.mjs`);
  const running = new Set<ChildProcess>();
  let isBuilt = false;
  const build = () => {
    if (isBuilt) return;
    isBuilt = true;
    buildSync({
      entryPoints: [join(root, 'src/cli/main.ts')],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['rxjs', 'cross-fetch'],
      sourcemap: 'inline',
    });
  };
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(file, { force: true }));

  function follow(child: ChildProcess, input: string | undefined): Running {
    running.add(child);
    let [stdout, stderr] = ['', ''];
    const waiting = new Set<() => void>();
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      for (const look of waiting) look();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin?.on('error', () => undefined);
    if (input !== undefined) child.stdin?.end(input);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        running.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    const printed = (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout);
          if (!match) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
        void ended.then(end =>
          reject(new Error(`Expected ${pattern.source}, but it has ended: ${JSON.stringify(end)}`)),
        );
      });
    const hasPrinted = async (text: string) => {
      await printed(new RegExp(text.replace(/[^\w\s]/g, '\\$&')));
    };
    return { process: child, ended, hasPrinted, printed, kill: signal => child.kill(signal) };
  }

  return {
    file: () => {
      build();
      return file;
    },
    /** Starts the command with these arguments. */
    start(args: readonly string[], { input, env = {} }: RunOptions = {}): Running {
      build();
      const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, NO_COLOR: '', ...env } });
      return follow(child, input);
    },
    /** Runs a line of the shell, in which `rx-sse` is the command. */
    shell(line: string, { input, env = {} }: RunOptions = {}): Running {
      build();
      const child = spawn('bash', ['-c', `rx-sse() { ${process.execPath} '${file}' "$@"; }; ${line}`], {
        env: { ...process.env, NO_COLOR: '', ...env },
      });
      return follow(child, input);
    },
    /** Runs the command in a pseudo-terminal with this many columns. */
    terminal(args: readonly string[], columns = 80, env: Readonly<Record<string, string>> = {}): Running {
      build();
      const quoted = [process.execPath, file, ...args].map(arg => `'${arg}'`).join(' ');
      const child = spawn('script', ['-qfec', `stty cols ${columns} rows 24; exec ${quoted}`, '/dev/null'], {
        env: { ...process.env, NO_COLOR: '', TERM: 'xterm-256color', ...env },
      });
      return follow(child, undefined);
    },
  };
}
