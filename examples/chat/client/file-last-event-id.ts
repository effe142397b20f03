import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LastEventIdStore } from 'rx-sse';

/** Keeps the position in a file, so that a restarted process resumes from there. */
export function fileLastEventId(path: string): LastEventIdStore {
  return {
    get: () =>
      readFile(path, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
        throw error;
      }),
    set: async lastEventId => {
      await mkdir(dirname(path), { recursive: true });
      // Replaces the whole file at once. After a crash, either the old or the new file remains.
      await writeFile(`${path}.new`, lastEventId);
      await rename(`${path}.new`, path);
    },
  };
}
