import type { EventFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { counted } from './words.js';

/** Checks whether clients know their position. */
export function judgeIds(events: readonly EventFacts[]): Finding {
  const check = 'ids';
  const withId = events.filter(({ id }) => id !== '').length;
  const distinct = new Set(events.map(({ id }) => id).filter(id => id !== '')).size;
  const facts = { events: events.length, withId, distinct };
  const cure = 'Send an "id:" with each event, and continue after the Last-Event-ID of a request.';
  if (events.length === 0) return { check, verdict: 'skipped', says: 'No events arrived.', facts };
  if (withId === 0) {
    const says = `${counted(events.length, 'event')}, none with an id. Events are lost while a client reconnects.`;
    return { check, verdict: 'warning', says, cure, facts };
  }
  if (distinct === 1 && withId > 2) {
    const says = `All ${withId} events have the same id. It doesn’t identify a position.`;
    return { check, verdict: 'warning', says, cure: `${cure} Each event needs its own.`, facts };
  }
  if (withId < events.length) {
    const says = `${withId} of ${counted(events.length, 'event')} have an id, or follow an event with one.`;
    return { check, verdict: 'note', says, facts };
  }
  return { check, verdict: 'ok', says: `${counted(distinct, 'id')} in ${counted(events.length, 'event')}.`, facts };
}
