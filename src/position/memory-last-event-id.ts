import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * A position kept in memory, apart from any Observable: for streams that are made anew (`defer`, another `url`) and still go on
 * where the last one stopped.
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
