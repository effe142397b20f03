import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Returns the bytes in use after garbage collection, inside and outside of the heap. */
export async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // Buffers are freed outside of the main thread. Repeats until nothing more is freed.
  for (let last = Infinity; ;) {
    await setImmediate();
    gc();
    // `external` has the buffers, and the text that a decoder makes of the parts of a stream.
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external >= last - 1024) return heapUsed + external;
    last = heapUsed + external;
  }
}
