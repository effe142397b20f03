import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { ServerSentEvent } from '../../src/index.js';
import { ChaosServer } from '../support/chaos-server.js';
import { eventOf } from '../support/numbered-events.js';
import { pageAssets, useChromium } from '../support/page.js';
import { firstSeed } from '../support/random-stream.js';
import { SseServer } from '../support/sse-server.js';

const EVENTS = 30_000;

/**
 * In milliseconds: the stream has given such a connection up long before. Chromium itself does not, if what hangs there is a preflight: it keeps that
 * although its fetch was aborted, and has no connection left once six do.
 */
const LONGEST_STALL = 1000;

const chromium = useChromium();
let chaos: ChaosServer;
// The page has a server of its own, which works: so the stream is one of another origin, and its preflights go wrong as well.
let home: SseServer;
beforeEach(async () => {
  [chaos, home] = await Promise.all([
    ChaosServer.start(firstSeed, EVENTS, undefined, LONGEST_STALL),
    SseServer.start(undefined, pageAssets()),
  ]);
});
afterEach(() => Promise.all([chaos.close(), home.close()]));

it(`loses none of ${EVENTS} events to a server in chaos, by the seed ${firstSeed} [pitfall 22] [pitfall 26]`, async () => {
  const { page } = await chromium.openPage(home.origin);
  // As text: a structure of this size would take far longer on its way.
  const json = await page.evaluate(
    async ([url, options, most]) => {
      const { fromEventSource, rxjs } = rxSse;
      const all = fromEventSource(url, options).pipe(rxjs.take(most), rxjs.toArray());
      return JSON.stringify(await rxjs.lastValueFrom(all));
    },
    // One more than there are: a stream that goes astray has an end as well.
    [chaos.url, ChaosServer.options, EVENTS + 1] as const,
  );

  const events = JSON.parse(json) as ServerSentEvent[];
  const { counts, unknownPositions } = chaos.report('the fetch of Chromium', events.length);
  const wrong = events.findIndex((event, index) => !isDeepStrictEqual(event, eventOf(index + 1)));
  expect({ wrong, event: events[wrong] }).toEqual({ wrong: -1 });
  expect(events).toHaveLength(EVENTS);
  expect(unknownPositions).toEqual([]);
  expect(Object.values(counts)).not.toContain(0);
}, 300_000);
