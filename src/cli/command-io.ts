import type { Observable } from 'rxjs';

/** A writable stream: a terminal, a pipe or a file. */
export interface Output {
  write(text: string, written?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The parts of the process that the command uses. */
export interface CommandIo {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Emits when the process should end. */
  readonly interrupted: Observable<'SIGINT' | 'SIGTERM'>;
}

/** Whether to use colors: on a terminal that supports them, unless `NO_COLOR` is set. */
export function hasColor(output: Output, { NO_COLOR, TERM }: CommandIo['env']): boolean {
  return output.isTTY === true && TERM !== 'dumb' && !NO_COLOR;
}
