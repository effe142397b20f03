import type { Output } from './command-io.js';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * Writes texts in order. Texts that arrive together are written at once. `drained` fulfills when everything is written,
 * so all its events are printed.
 */
export class Printer {
  private text = '';
  private writing: Promise<void> = Promise.resolve();

  /** @param before called before each write, and `after` after it: for a status line on the same terminal */
  constructor(
    private readonly output: Output,
    private readonly before: () => void,
    private readonly after: () => void,
  ) {}

  print(text: string): void {
    this.text += text;
  }

  /** Rejects with the error of the output, for example EPIPE. */
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
