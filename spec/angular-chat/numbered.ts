import type { Shown } from './window.js';

/** The messages `1` to `last`. Each number is both text and id. */
export const numbered = (last: number): Shown[] =>
  Array.from({ length: last }, (_, index) => [index + 1, `${index + 1}`]);
