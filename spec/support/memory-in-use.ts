import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The bytes that are in use when all garbage is gone, inside and outside of the heap. */
export async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // Buffers are freed beside the main thread: until nothing more goes.
  for (let last = Infinity; ;) {
    await setImmediate();
    gc();
    // Outside are buffers, and the text that a decoder makes of the parts of a stream.
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external >= last - 1024) return heapUsed + external;
    last = heapUsed + external;
  }
}
