import type { EventFacts } from './facts.js';

/**
 * How a second stream continues the first one. `over`: from the beginning. `doubled`: with events that had come before. `lost`: without some that
 * should come. `new`: with what nobody has seen. `other`: with the right ids, and other data.
 */
export type Continuation =
  | { readonly kind: 'right' | 'other' | 'over' | 'new' }
  | { readonly kind: 'doubled' | 'lost'; readonly ids: readonly string[] };

/** The events at which the id changes: behind the others there is no way to ask. */
export function positionsOf(events: readonly EventFacts[]): EventFacts[] {
  return events.filter(({ id }, index) => id !== '' && id !== events[index - 1]?.id);
}

/** The position to ask from: in the middle, so that something follows. `undefined` if there are too few. */
export function middleOf(positions: readonly EventFacts[]): EventFacts | undefined {
  return positions.length < 2 ? undefined : positions[Math.floor((positions.length - 1) / 2)];
}

/**
 * Compares what came on a connection that asked behind `from` with what had come before. As long as nothing is wrong and something is missing, it is
 * undecided: `undefined`.
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
