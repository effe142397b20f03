import { seededRandom } from './seeded-random.js';

/** Random choices from a seed. The same seed makes the same choices. */
export class Random {
  /** Returns a number from 0 (included) to 1 (excluded). */
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** Returns an integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }

  /** Returns one of the kinds, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const kinds = Object.keys(weights) as K[];
    return this.pick(kinds.flatMap(kind => Array<K>(weights[kind]).fill(kind)));
  }

  /** Splits the bytes into pieces of 1 to `max` bytes. */
  *split(bytes: Buffer, max: number): Generator<Buffer> {
    for (let start = 0, end; start < bytes.length; start = end) {
      end = start + this.between(1, max);
      yield bytes.subarray(start, end);
    }
  }
}
