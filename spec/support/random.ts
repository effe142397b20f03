import { seededRandom } from './seeded-random.js';

/** Choices from a seed: the same seed, the same choices. */
export class Random {
  /** At least 0, less than 1. */
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** A whole number from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }

  /** One of the kinds, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const kinds = Object.keys(weights) as K[];
    return this.pick(kinds.flatMap(kind => Array<K>(weights[kind]).fill(kind)));
  }

  /** In pieces of 1 to `max` bytes. */
  *split(bytes: Buffer, max: number): Generator<Buffer> {
    for (let start = 0, end; start < bytes.length; start = end) {
      end = start + this.between(1, max);
      yield bytes.subarray(start, end);
    }
  }
}
