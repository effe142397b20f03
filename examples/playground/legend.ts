import { html, svg } from './elements.js';

/** The meaning of the shapes of the diagram: a class for the color, the path, the words. */
const ENTRIES: readonly (readonly [kind: string, path: string, words: string])[] = [
  ['hollow', 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z', 'attempt'],
  ['solid', 'M-6-7L6 0L-6 7z', 'connected, ↻ resumed after'],
  ['solid', 'M-6 0a6 6 0 1 1 12 0a6 6 0 1 1-12 0z', 'event'],
  ['solid', 'M-5-4a5 5 0 1 1 10 0v8a5 5 0 1 1-10 0z', 'several at once'],
  ['faint', 'M0-4v8', 'heartbeat'],
  ['warn', 'M-5-5L5 5M5-5L-5 5', 'connection lost'],
  ['warn dotted', 'M-6 0a6 6 0 1 1 12 0a6 6 0 1 1-12 0z', 'next attempt'],
  ['bad', 'M0-7L7 6H-7z', 'gap'],
  ['bad hollow', 'M-6 0a6 6 0 1 1 12 0a6 6 0 1 1-12 0zM-4 4L4-4', 'would have been lost'],
];

export const legend = (): HTMLElement =>
  html(
    'ul',
    { class: 'legend', 'aria-label': 'Legend' },
    ...ENTRIES.map(([kind, path, words]) =>
      html(
        'li',
        {},
        svg('svg', { class: kind, viewBox: '-9 -9 18 18', 'aria-hidden': 'true' }, svg('path', { d: path })),
        words,
      ),
    ),
  );
