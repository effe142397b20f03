import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, map, tap } from 'rxjs';
import { fromEventSourceLifecycle } from '../../src/index.js';
import { ChaosServer } from '../support/chaos-server.js';
import { Nginx } from '../support/nginx.js';
import { eventOf } from '../support/numbered-events.js';
import { observe, ofKind } from '../support/observe.js';
import { firstSeed } from '../support/random-stream.js';
import { locations } from './nginx-locations.js';
import { statusOf } from './status-of.js';

describe(`nginx in front of a chaotic application (seed ${firstSeed})`, () => {
  const EVENTS = 8000;
  let chaos: ChaosServer;
  let nginx: Nginx;
  beforeEach(async () => {
    chaos = await ChaosServer.start(firstSeed, EVENTS);
    nginx = await Nginx.start(locations(new URL(chaos.url).origin));
  });
  afterEach(async () => {
    await chaos.close();
    await nginx.close();
  });

  it(`loses none of ${EVENTS} events`, async () => {
    const statuses: Record<number, number> = {};
    const events = await observe(
      fromEventSourceLifecycle(`${nginx.origin}/http1.1+unbuffered`, ChaosServer.options).pipe(
        tap(item => {
          const status = item.kind === 'waiting' && statusOf(item);
          if (status) statuses[status] = (statuses[status] ?? 0) + 1;
        }),
        filter(ofKind('event')),
        map(item => item.event),
      ),
    ).completed();

    const { counts, unknownPositions } = chaos.report(
      `fetch and nginx (that answered ${JSON.stringify(statuses)})`,
      events.length,
    );
    expect(events).toEqual(Array.from({ length: EVENTS }, (_, index) => eventOf(index + 1)));
    expect(unknownPositions).toEqual([]);
    expect(counts['restart']).toBeGreaterThan(0);
    expect(statuses[502]).toBeGreaterThan(0);
  });
});
