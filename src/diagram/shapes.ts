import type { Mark } from './timeline.js';

/** Positions in pixels from the top. */
export const CONNECTION = 36;
export const EVENTS = 80;
export const SMALL = 100;
export const RULER = 140;
/** As wide as an event. */
export const MARBLE = 15;

/** How a kind of mark is drawn. Kinds differ by shape, not only by color. */
export interface Shape {
  /** Its middle. */
  readonly y: number;
  /** The data of a path around its middle. */
  readonly path: string;
  /** Where its label is written: beside it, or under it. */
  readonly label: readonly [x: number, y: number];
}

const ABOVE = [8, 17] as const;
const BETWEEN = [10, 58] as const;
const UNDER = [0, 119] as const;

const SHAPES: Readonly<Record<Mark['kind'], Shape>> = {
  connecting: { y: CONNECTION, path: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z', label: ABOVE },
  open: { y: CONNECTION, path: 'M-6-7L6 0L-6 7z', label: ABOVE },
  waiting: { y: CONNECTION, path: 'M-5-5L5 5M5-5L-5 5', label: BETWEEN },
  paused: { y: CONNECTION, path: 'M-3-7v14M3-7v14', label: ABOVE },
  closed: { y: CONNECTION, path: 'M0-12v24', label: ABOVE },
  failed: { y: CONNECTION, path: 'M-8-8L8 8M8-8L-8 8M0-12v24', label: BETWEEN },
  gap: { y: 58, path: 'M0-7L7 6H-7zM0 9v6m0 4v6m0 4v6', label: BETWEEN },
  event: { y: EVENTS, path: 'M-6 0a6 6 0 1 1 12 0a6 6 0 1 1-12 0z', label: UNDER },
  comment: { y: SMALL, path: 'M0-4v8', label: UNDER },
  'retry-time': { y: SMALL, path: 'M0-5L5 0L0 5L-5 0z', label: UNDER },
  role: { y: SMALL, path: 'M-4 7v-13h9l-3 3.5l3 3.5h-9', label: UNDER },
  snapshot: { y: SMALL, path: 'M-5-5h10v10h-10z', label: UNDER },
};

/** Several events: a pile of them. */
const PILE = 'M-6-6a6 6 0 1 1 12 0v12a6 6 0 1 1-12 0z';

/** How a mark is drawn. */
export function shapeOf({ kind, count }: Mark): Shape {
  const shape = SHAPES[kind];
  return kind === 'event' && count > 1 ? { ...shape, path: PILE } : shape;
}
