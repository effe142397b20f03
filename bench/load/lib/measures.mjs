// What a process says of itself.
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds by the clock that all processes of a machine share, and that nobody sets. */
export function now() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** CPU time of this process with all of its threads, in microseconds. */
export function cpuTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The reachable and the resident memory, in kB. Run with --expose-gc. */
export async function memory() {
  for (let i = 0; i < 3; i++) {
    gc();
    await pause(100);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / 1024, rss: rss / 1024 };
}
