import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What a measured client is told; it is JSON on its way there. */
export interface MeasuredClientOptions {
  readonly url: string;
  readonly maxEventSize?: number | undefined;
  /** The transport hands the body over as one chunk, however large. */
  readonly inOneChunk?: boolean | undefined;
}

/** What a stream did to its client. */
export interface Measured {
  /** `completed`, or the name of the error. */
  outcome: string;
  events: number;
  /** Those of the largest event. */
  characters: number;
  /** The most that was in use at once, over what was before the stream: bytes after garbage collection, in the heap and out of it. */
  inUse: number;
  /** By how much the process grew at its largest (maximum resident set size), in bytes: garbage and transient copies included. */
  resident: number;
  milliseconds: number;
}

/** Reads one stream, until it ends, in a process of its own. At `/warm-up` the server has a stream that ends. */
export async function measureClient(options: MeasuredClientOptions): Promise<Measured> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', 'spec/support/measured-client.ts', JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`Expected the client to end by itself, but it ended with ${String(code)}: ${output}`);
  return JSON.parse(output) as Measured;
}
