import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** So many the server could send. */
export const EVENTS = 1_000_000;
/** Each is this: 1 KiB. */
export const EVENT = `data: ${'x'.repeat(1024 - 8)}\n\n`;

/** What a flooding server knows of a stream. */
export interface Flow {
  /** Bytes of the body that have left the server's process for the kernel. */
  readonly written: number;
  /** How many of them the kernel still has: those that the client's process has not read. */
  readonly inKernel: number;
  readonly open: boolean;
}

export interface FloodingServer {
  /** A stream of that name: once asked for, it is written as fast as it may be. */
  url(name: string): string;
  flow(name: string): Promise<Flow>;
  close(): Promise<void>;
}

/** Starts a flooding server, in a process of its own. */
export async function startFloodingServer(): Promise<FloodingServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'spec/support/flooding-server.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const origin = `http://127.0.0.1:${port.toString().trim()}`;
  return {
    url: name => `${origin}/flood/${name}`,
    flow: async name => (await (await fetch(`${origin}/flow/${name}`)).json()) as Flow,
    close: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
