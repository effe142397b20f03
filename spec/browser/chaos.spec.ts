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
 * In milliseconds. The stream gives up such a connection long before. Chromium doesn't, if the hanging request is a
 * preflight: it keeps the connection although its fetch was aborted, and has none left after six.
 */
const LONGEST_STALL = 1000;

const chromium = useChromium();
let chaos: ChaosServer;
// The page has its own server, which works. So the stream is cross-origin, and its preflights fail as well.
let home: SseServer;
beforeEach(async () => {
  [chaos, home] = await Promise.all([
    ChaosServer.start(firstSeed, EVENTS, undefined, LONGEST_STALL),
    SseServer.start(undefined, pageAssets()),
  ]);
});
afterEach(() => Promise.all([chaos.close(), home.close()]));

it(`loses none of ${EVENTS} events of a server in chaos, with the seed ${firstSeed} [pitfall 22] [pitfall 26]`, async () => {
  const { page } = await chromium.openPage(home.origin);
  // As text: a structure of this size would take far longer to transfer.
  const json = await page.evaluate(
    async ([url, options, most]) => {
      const { fromEventSource, rxjs } = rxSse;
      const all = fromEventSource(url, options).pipe(rxjs.take(most), rxjs.toArray());
      return JSON.stringify(await rxjs.lastValueFrom(all));
    },
    // One more than there are, so that a stream that goes wrong also ends.
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
