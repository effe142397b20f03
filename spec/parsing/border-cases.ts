import { utf8 } from './parse-chunks.js';
import { range } from './splits.js';

// Sizes at which a fast path may start or end.
export const FEW = range(1, 40);
export const THOUSANDS = [...range(1000, 1050), ...range(2040, 2056)];
export const LONG = range(65_500, 65_600);

export const LINE_ENDS = ['\n', '\r', '\r\n'];
/** A character for each length in UTF-8. */
export const CHARACTERS = ['a', 'é', '€', '😀'];
/** Invalid UTF-8: a stray continuation, a lone start, overlong, cut short by the next byte, a surrogate, above the last code point. */
export const BAD_BYTES = [
  [0x80],
  [0xff],
  [0xc3],
  [0xc0, 0xaf],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
];
/** The bytes of anything that isn't ASCII, valid or not. */
export const WIDE = [...CHARACTERS.slice(1).map(character => [...utf8(character)]), [0xef, 0xbb, 0xbf], ...BAD_BYTES];
