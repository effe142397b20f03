import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LastEventIdStore } from 'rx-sse';

/** A position in a file of its own: a process that starts again goes on where the last one stopped. */
export function fileLastEventId(path: string): LastEventIdStore {
  return {
    get: () =>
      readFile(path, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
        throw error;
      }),
    set: async lastEventId => {
      await mkdir(dirname(path), { recursive: true });
      // The new file takes the place of the old one as a whole: a crash leaves the one or the other.
      await writeFile(`${path}.new`, lastEventId);
      await rename(`${path}.new`, path);
    },
  };
}
