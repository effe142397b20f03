import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that says which process uses a folder: two of them would write over each other's messages. */
export class FolderLock {
  private constructor(private readonly path: string) {}

  /** Rejects if another process that runs has it. What a process that was killed has left is taken over. */
  static async take(folder: string): Promise<FolderLock> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'lock');
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder !== process.pid && isRunning(holder)) {
      throw new Error(
        `Expected no other server on ${folder}, but process ${holder} uses it. If it doesn't, delete ${path}`,
      );
    }
    await writeFile(path, String(process.pid));
    return new FolderLock(path);
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    // 0 would be this process and its group.
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
