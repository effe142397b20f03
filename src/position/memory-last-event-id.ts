import type { LastEventIdStore } from './last-event-id-store.js';

/**
 * Keeps the position in memory, independent of an Observable. Use it if you create a new Observable each time (`defer`,
 * another `url`): it resumes from the position of the previous one.
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
