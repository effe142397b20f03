import type { Random } from '../support/random.js';
import type { ReferenceTimeline } from '../support/reference-timeline.js';

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** Sizes that a programmer is likely to choose. */
export const ROUND = [8, 16, 24, 32, 1000, 1024, 65_536];

/** The ends of the chunks of a stream. The last is the end of the stream. A chunk that ends where it starts is empty. */
export type Split = readonly number[];
export const cutAt = (length: number, ...cuts: number[]): Split =>
  [...cuts.filter(cut => cut >= 0 && cut < length), length].sort((a, b) => a - b);
export const chunksOf = (size: number, length: number): Split =>
  cutAt(length, ...Array.from({ length: Math.ceil(length / size) }, (_, index) => index * size));

/** Returns the ends of these chunks. */
export function endsOf(chunks: readonly Uint8Array[]): Split {
  let end = 0;
  return chunks.map(({ length }) => (end += length));
}

/** Cuts at each place, around each byte, at random places, and into bytes. Leaves everything outside of `from` and `to` whole. */
export function* everyCut(random: Random, length: number, from: number, to: number): Generator<Split> {
  for (const at of range(from, to)) {
    yield cutAt(length, at);
    yield cutAt(length, at, at + 1);
    yield cutAt(length, random.between(from, at), at);
  }
  yield cutAt(length, ...range(from, to));
}

const NEAR = ['line', 'line', 'line', 'line', 'prefix', 'prefix', 'prefix', 'size', 'size', 'some', 'some', 'nothing'];

/** Ends chunks where something may end or start, or a byte before or after that. */
export function nearBorders(random: Random, { stream: { length }, lineEnds }: ReferenceTimeline): Split {
  const ends: number[] = [];
  // Limits the number of chunks, so that a long stream doesn't take long.
  const some = random.pick([2, 8, 40, 1024].filter(size => size * 500 > length));
  for (let end = 0, line = 0; end < length;) {
    while ((lineEnds[line] ?? length) <= end) line++;
    switch (random.pick(NEAR)) {
      case 'line':
        end = lineEnds[line + random.between(0, some)] ?? length;
        end += random.between(-1, 1);
        break;
      case 'prefix':
        end = lineEnds[line + random.between(0, 2)] ?? end;
        end += random.between(0, 8);
        break;
      case 'size':
        end += random.pick(ROUND.filter(size => size <= 64 * some)) + random.between(-1, 1);
        break;
      case 'some':
        end += random.between(1, some);
        break;
      case 'nothing':
    }
    end = Math.max(end, ends.at(-1) ?? 0);
    ends.push(Math.min(end, length));
  }
  return ends;
}
