import { readFile, rename, writeFile } from 'node:fs/promises';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * Keeps a position in a file, which contains only the id. It's saved after the events are printed, so a crash in
 * between prints them again. It's a `LastEventIdStore`, and writes one position after the other.
 */
export class StateFile {
  private writing: Promise<void> = Promise.resolve();
  private stored: string | undefined;

  /** @param initial the position if there is no file */
  constructor(
    private readonly path: string,
    private readonly initial: string,
  ) {}

  async get(): Promise<string> {
    try {
      // Editors and `echo` add a line end.
      return (await readFile(this.path, 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.initial;
      throw failed('read', error);
    }
  }

  set(id: string): Promise<void> {
    this.writing = this.writing.then(() => (id === this.stored ? undefined : this.write(id)));
    return this.writing;
  }

  /** Replaces the whole file at once. If the process is killed, either the old or the new file remains. */
  private async write(id: string): Promise<void> {
    try {
      const path = `${this.path}.${process.pid}`;
      await writeFile(path, id);
      await rename(path, this.path);
      this.stored = id;
    } catch (error) {
      throw failed('write', error);
    }
  }
}

const failed = (does: string, error: unknown) =>
  new CommandError(`Can't ${does} the position: ${(error as Error).message}`, EXIT.file, { cause: error });
