import { readFile, rename, writeFile } from 'node:fs/promises';
import { CommandError, EXIT } from './exit-codes.js';

/**
 * A position in a file: the id, and nothing else. It is stored after the events were printed, so a crash in between prints them again.
 * A `LastEventIdStore`, whose writes go out one by one.
 */
export class StateFile {
  private writing: Promise<void> = Promise.resolve();
  private stored: string | undefined;

  /** @param initial where to begin if there is no file */
  constructor(
    private readonly path: string,
    private readonly initial: string,
  ) {}

  async get(): Promise<string> {
    try {
      // An editor, or `echo`, ends the line.
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

  /** The new file takes the place of the old one as a whole: whoever is killed leaves the one or the other. */
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
