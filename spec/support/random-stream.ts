import { seededRandom } from './seeded-random.js';

/** The first seed of random tests. A test that fails prints its seed, and `SEED=… npm test` runs that seed first. */
export const firstSeed = Number(process.env['SEED'] ?? Date.now() % 0x1_0000_0000);

const oftenAs = (weights: Record<string, number>) =>
  Object.entries(weights).flatMap(([value, weight]) => Array<string>(weight).fill(value));

const BYTE_ORDER_MARK = '\ufeff';
const STARTS = oftenAs({
  '': 3,
  [BYTE_ORDER_MARK]: 2,
  [BYTE_ORDER_MARK + BYTE_ORDER_MARK]: 1,
  ['\n' + BYTE_ORDER_MARK]: 1,
});
const LINE_ENDS = oftenAs({ '\n': 3, '\r': 3, '\r\n': 3, '\n\r': 1, '\r\r\n': 1, '': 1 });
const FIELDS = oftenAs({ data: 6, id: 3, event: 2, retry: 2, '': 2 });
const NEAR_MISSES = ['dat', 'datax', 'dataset', 'Data', 'data ', ' data', 'ID', 'i', 'ids', 'events', 'retr', '\0data'];
const COLONS = oftenAs({ ':': 3, ': ': 3, ':  ': 1, ':\t': 1, ': \t': 1, '::': 1, ' :': 1, '': 1 });
const TEXTS = ['', 'a', 'b c', ' x ', 'a:b', ':', '007', '\0', 'a\0b', '\t', '\v\f', '\u0085\u2028', 'data: a'];
const CHARACTERS = ['é', '€', '€uro', '😀', 'é€😀', BYTE_ORDER_MARK, '\ufffd', '\ufffe', '\u{10ffff}'];
const TIMES = [
  '40',
  '0',
  '0042',
  '40abc',
  '-5',
  '1e3',
  '1.5',
  '+1',
  '',
  ' 7',
  '7 ',
  '١',
  '９',
  '9'.repeat(20),
  '9'.repeat(309),
];
const BAD_BYTES = [
  [0x80],
  [0xbf, 0x80],
  [0xff],
  [0xc0, 0xaf],
  [0xe0, 0x80, 0xaf],
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xed, 0xa0, 0x80],
  [0xed, 0xb8, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xef],
  [0xef, 0xbb],
  [0xe2, 0xe2, 0x82, 0xac],
];

/** Returns a small event stream with many errors and rare cases. The same seed returns the same stream. */
export function randomStream(seed: number): Uint8Array {
  const random = seededRandom(seed);
  const oneOf = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const chance = (probability: number) => random() < probability;

  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const write = (text: string) => bytes.push(...encoder.encode(text));
  const writeBadBytes = () => bytes.push(...oneOf(BAD_BYTES));

  write(oneOf(STARTS));
  for (let lines = 1 + Math.floor(random() * 15); lines > 0; lines--) {
    // About a third of the lines are blank.
    if (chance(0.66)) {
      const field = oneOf(chance(0.88) ? FIELDS : NEAR_MISSES);
      if (chance(0.03)) writeBadBytes();
      write(field);
      write(oneOf(COLONS));
      write(oneOf(field === 'retry' ? TIMES : chance(0.7) ? TEXTS : CHARACTERS));
      if (chance(0.15)) writeBadBytes();
    }
    write(oneOf(LINE_ENDS));
  }
  // Some streams end in the middle of a line end or a character.
  if (chance(0.2)) bytes.pop();
  return Uint8Array.from(bytes);
}
