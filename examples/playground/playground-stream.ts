import { distinctUntilChanged, filter, map, type Observable, switchMap, takeUntil } from 'rxjs';
import { type EventSourceLifecycle, fromEventSourceLifecycle, memoryLastEventId } from 'rx-sse';
import type { NumberedServer } from './numbered-server.js';
import { optionsOf, type Policy } from './policy.js';

/** The stream of that server. With each policy it is another one, which goes on where the one before was. It completes when it is stopped. */
export function playgroundStream(
  server: NumberedServer,
  policies: Observable<Policy>,
  stopped: Observable<unknown>,
): Observable<EventSourceLifecycle> {
  const lastEventId = memoryLastEventId();
  // Like the browser's event `online` with a real server.
  const wake = server.troubles.pipe(
    map(troubles => troubles.has('offline')),
    distinctUntilChanged(),
    filter(isOffline => !isOffline),
  );
  return policies.pipe(
    switchMap(policy =>
      fromEventSourceLifecycle('/events', { fetch: server.fetch, lastEventId, ...optionsOf(policy, wake) }),
    ),
    takeUntil(stopped),
  );
}
