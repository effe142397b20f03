import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The number of events that the server can send. */
export const EVENTS = 1_000_000;
/** The text of each event: 1 KiB. */
export const EVENT = `data: ${'x'.repeat(1024 - 8)}\n\n`;

/** The server's data about a stream. */
export interface Flow {
  /** Bytes of the body that have left the server's process for the kernel. */
  readonly written: number;
  /** The part of `written` that is still in the kernel: the client's process hasn't read it. */
  readonly inKernel: number;
  readonly open: boolean;
}

export interface FloodingServer {
  /** Returns the URL of the stream with that name. Once requested, it is written as fast as possible. */
  url(name: string): string;
  flow(name: string): Promise<Flow>;
  close(): Promise<void>;
}

/** Starts a flooding server in its own process. */
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
