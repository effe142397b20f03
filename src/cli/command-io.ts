import type { Observable } from 'rxjs';

/** A stream that is written to: a terminal, a pipe or a file. */
export interface Output {
  write(text: string, written?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What the command has of its process. */
export interface CommandIo {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Emits when the process is asked to end. */
  readonly interrupted: Observable<'SIGINT' | 'SIGTERM'>;
}

/** Whether an output is to be coloured: a terminal that can, unless `NO_COLOR` is set. */
export function hasColor(output: Output, { NO_COLOR, TERM }: CommandIo['env']): boolean {
  return output.isTTY === true && TERM !== 'dumb' && !NO_COLOR;
}
