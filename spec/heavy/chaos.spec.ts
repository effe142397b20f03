import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import crossFetch from 'cross-fetch';
import { filter, lastValueFrom, map, take, toArray } from 'rxjs';
import type { FetchLike } from '../../src/connection/fetch-like.js';
import { fromEventSource } from '../../src/index.js';
import { ChaosServer, eventOf } from '../support/chaos-server.js';

const EVENTS = 100_000;
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const TRANSPORTS: [string, FetchLike][] = [
  ['native fetch', fetch],
  ['cross-fetch', crossFetch],
];

describe(`a server in chaos, by the seed ${SEED}`, () => {
  let server: ChaosServer;
  afterEach(() => server.close());

  it.each(TRANSPORTS)(`costs none of ${EVENTS} events, over %s [pitfall 22] [pitfall 26]`, async (name, transport) => {
    server = await ChaosServer.start(SEED, EVENTS);
    const startedAt = performance.now();
    let n = 0;
    const wrong = fromEventSource(server.url, {
      fetch: transport,
      connectTimeout: 250,
      idleTimeout: 250,
      reconnect: { delay: 1, maxDelay: 10 },
    }).pipe(
      map(event => ({ event, expected: eventOf(++n) })),
      filter(({ event, expected }) => !isDeepStrictEqual(event, expected)),
      take(1),
      toArray(),
    );

    expect(await lastValueFrom(wrong)).toEqual([]);
    const { connections, requests, faults, movedPositions, unknownPositions } = server;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `chaos over ${name}, SEED=${SEED}: ${n} events, ${requests} requests, ${connections} connections, ` +
        `${JSON.stringify(faults)}, ${movedPositions} positions without data, ${seconds} s\n`,
    );
    expect(n).toBe(EVENTS);
    expect(unknownPositions).toEqual([]);
    expect(Object.values(faults)).not.toContain(0);
    expect(movedPositions).toBeGreaterThan(0);
  });
});
