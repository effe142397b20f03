import type { EventFacts } from './facts.js';

/**
 * How a second stream continues the first one:
 *
 * - `right`: after the last event.
 * - `over`: from the beginning.
 * - `doubled`: with events that were sent before.
 * - `lost`: without some of the expected events.
 * - `new`: with unknown events.
 * - `other`: with the right ids but other data.
 */
export type Continuation =
  | { readonly kind: 'right' | 'other' | 'over' | 'new' }
  | { readonly kind: 'doubled' | 'lost'; readonly ids: readonly string[] };

/** Returns the events with a new id. A client can only resume from those. */
export function positionsOf(events: readonly EventFacts[]): EventFacts[] {
  return events.filter(({ id }, index) => id !== '' && id !== events[index - 1]?.id);
}

/** Returns a position in the middle, so that events follow it. `undefined` if there are too few. */
export function middleOf(positions: readonly EventFacts[]): EventFacts | undefined {
  return positions.length < 2 ? undefined : positions[Math.floor((positions.length - 1) / 2)];
}

/**
 * Compares the events of a connection that resumed from `from` with the earlier events. Returns `undefined` while
 * everything is right but events are still missing.
 */
export function compareSequences(
  reference: readonly EventFacts[],
  from: string,
  received: readonly EventFacts[],
): Continuation | undefined {
  const ids = reference.map(({ id }) => id);
  const asked = ids.lastIndexOf(from);
  const expected = reference.slice(asked + 1);
  for (const [index, event] of received.entries()) {
    const next = expected[index];
    if (next === undefined) break;
    if (next.id === event.id) continue;
    const place = ids.lastIndexOf(event.id);
    if (place === 0 && index === 0) return { kind: 'over' };
    if (place > asked + index) return { kind: 'lost', ids: ids.slice(asked + 1 + index, place) };
    if (place >= 0) return { kind: 'doubled', ids: ids.slice(place, asked + 1 + index) };
    return index === 0 ? { kind: 'new' } : { kind: 'lost', ids: [next.id] };
  }
  if (received.length < expected.length) return undefined;
  return expected.some(({ digest }, index) => digest !== received[index]?.digest)
    ? { kind: 'other' }
    : { kind: 'right' };
}
