import type { ServerResponse } from 'node:http';
import { firstValueFrom, fromEvent, race, tap, timer } from 'rxjs';

/** How long a page may wait for a client that reads slowly, in milliseconds. */
const MAX_DRAIN = 30_000;

/** Fulfilled once the client has read so much that more may be written. If that takes too long, it's cut. */
export async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain) return;
  const tooSlow = timer(MAX_DRAIN).pipe(tap(() => response.destroy()));
  await firstValueFrom(race(fromEvent(response, 'drain'), fromEvent(response, 'close'), tooSlow));
}
