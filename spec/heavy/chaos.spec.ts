import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import crossFetch from 'cross-fetch';
import { filter, lastValueFrom, map, take, toArray } from 'rxjs';
import type { FetchLike } from '../../src/connection/fetch-like.js';
import { fromEventSource } from '../../src/index.js';
import { ChaosServer } from '../support/chaos-server.js';
import { eventOf } from '../support/numbered-events.js';
import { firstSeed } from '../support/random-stream.js';

const RUNS: [events: number, name: string, transport: FetchLike][] = [
  [100_000, 'native fetch', fetch],
  [40_000, 'cross-fetch', crossFetch],
];

describe(`a chaotic server (seed ${firstSeed})`, () => {
  let server: ChaosServer;
  afterEach(() => server.close());

  it.each(RUNS)('loses none of %i events, over %s [pitfall 22] [pitfall 26]', async (events, name, transport) => {
    server = await ChaosServer.start(firstSeed, events);
    let n = 0;
    const wrong = fromEventSource(server.url, { fetch: transport, ...ChaosServer.options }).pipe(
      map(event => ({ event, expected: eventOf(++n) })),
      filter(({ event, expected }) => !isDeepStrictEqual(event, expected)),
      take(1),
      toArray(),
    );

    expect(await lastValueFrom(wrong)).toEqual([]);
    const { counts, unknownPositions } = server.report(name, n);
    expect(n).toBe(events);
    expect(unknownPositions).toEqual([]);
    expect(Object.values(counts)).not.toContain(0);
  });
});
