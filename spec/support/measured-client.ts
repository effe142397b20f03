/* A client in its own process, so that the memory can be measured. `measureClient` starts it. */
import { last, lastValueFrom, type Observable, scan } from 'rxjs';
import { fromEventSource, type ServerSentEvent } from '../../src/index.js';
import type { Measured, MeasuredClientOptions } from './measure-client.js';

const { url, maxEventSize, inOneChunk } = JSON.parse(process.argv[2] ?? '') as MeasuredClientOptions;

const whole = async (address: string, init: RequestInit) => {
  const response = await fetch(address, init);
  return new Response(await response.arrayBuffer(), response);
};
const read = (address: string): Observable<ServerSentEvent> =>
  fromEventSource(address, { maxEventSize, reconnect: false, fetch: inOneChunk ? whole : undefined });

/** Returns the bytes in use after garbage collection, inside and outside of the heap. */
function inUse(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
/** Returns the maximum memory of the process so far, including garbage, in bytes. */
const resident = () => process.resourceUsage().maxRSS * 1024;

// Code and pools reach their size with a first stream.
await lastValueFrom(read(new URL('/warm-up', url).href));
const before = { inUse: inUse(), resident: resident() };
const measured: Measured = { outcome: 'completed', events: 0, characters: 0, inUse: 0, resident: 0, milliseconds: 0 };
const meter = setInterval(() => (measured.inUse = Math.max(measured.inUse, inUse() - before.inUse)), 100);
const start = performance.now();
try {
  const { events, characters } = await lastValueFrom(
    read(url).pipe(
      scan((sum, { data }) => ({ events: sum.events + 1, characters: Math.max(sum.characters, data.length) }), {
        events: 0,
        characters: 0,
      }),
      last(null, { events: 0, characters: 0 }),
    ),
  );
  Object.assign(measured, { events, characters });
} catch (error) {
  measured.outcome = (error as Error).name;
}
measured.milliseconds = performance.now() - start;
clearInterval(meter);
measured.resident = resident() - before.resident;
process.stdout.write(JSON.stringify(measured));
