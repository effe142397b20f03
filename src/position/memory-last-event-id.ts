import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * Keeps the position in memory, apart from any Observable: a stream that is a new Observable each time (`defer`, another `url`)
 * goes on where the last one stopped.
 *
 * @param lastEventId the id to start from; `''` by default
 *
 * @example
 * ```ts
 * const position = memoryLastEventId();
 * const chat$ = defer(() => fromEventSource(urlOf(room()), { lastEventId: position }));
 * ```
 */
export function memoryLastEventId(lastEventId = ''): LastEventIdStore {
  return {
    get: () => lastEventId,
    set: id => {
      lastEventId = id;
    },
  };
}
