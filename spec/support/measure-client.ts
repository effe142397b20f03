import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The options of a measured client. They are passed as JSON. */
export interface MeasuredClientOptions {
  readonly url: string;
  readonly maxEventSize?: number | undefined;
  /** Whether the transport returns the body as one chunk, of any size. */
  readonly inOneChunk?: boolean | undefined;
}

/** The measurements of a client that reads a stream. */
export interface Measured {
  /** `completed`, or the name of the error. */
  outcome: string;
  events: number;
  /** The length of the longest event's data. */
  characters: number;
  /**
   * The peak of the memory in use, compared with the level before the stream: bytes after garbage collection, inside
   * and outside of the heap.
   */
  inUse: number;
  /** The growth of the process's maximum resident set size, in bytes, including garbage and transient copies. */
  resident: number;
  milliseconds: number;
}

/** Reads one stream to its end, in a separate process. At `/warm-up`, the server must have a stream that ends. */
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
