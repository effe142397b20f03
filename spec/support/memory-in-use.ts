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
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers >= last - 1024) return heapUsed + arrayBuffers;
    last = heapUsed + arrayBuffers;
  }
}
