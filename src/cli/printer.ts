import type { Output } from './command-io.js';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * Writes texts in their order, all that come at a time in one piece. `drained` is fulfilled when they are written: by then the events
 * in them have been printed.
 */
export class Printer {
  private text = '';
  private writing: Promise<void> = Promise.resolve();

  /** @param before is called before each piece, and `after` behind it: for a status line in the same terminal */
  constructor(
    private readonly output: Output,
    private readonly before: () => void,
    private readonly after: () => void,
  ) {}

  print(text: string): void {
    this.text += text;
  }

  /** Rejects with what the output fails with, such as EPIPE. */
  drained(): Promise<void> {
    const { text, output } = this;
    if (text === '') return this.writing;
    this.text = '';
    this.before();
    const written = new Promise<void>((resolve, reject) => {
      output.write(text, error => {
        if (error) reject(isBrokenPipe(error) ? error : new CommandError(`Can't write: ${error.message}`, EXIT.file));
        else resolve();
      });
    });
    this.after();
    this.writing = this.writing.then(() => written);
    return this.writing;
  }
}

/** Whether the reader of an output has closed it, as `head` does. */
export const isBrokenPipe = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'EPIPE';
