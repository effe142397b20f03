import { Random } from './random.js';
import { CLOSED, COMMENT, connecting, gap, open, PAUSED, type Step, text, waiting } from './steps.js';

/** A step or the end of the source, and its time in milliseconds. */
export interface Timed {
  readonly at: number;
  readonly step: Step | 'fail' | 'complete';
}

/** Runs a property for `count` seeds. The error names the seed that it failed for. */
export function forEachSeed(count: number, property: (random: Random) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      property(new Random(seed));
    } catch (error) {
      throw new Error(`It does not hold for the seed ${seed}`, { cause: error });
    }
  }
}

/**
 * Returns steps in any order, including orders that no stream has. No two have the same time, and there is usually an
 * end.
 */
export function randomSteps(random: Random): Timed[] {
  const id = () => random.pick(['', '1', '2', '3']);
  const make = {
    connecting: () => connecting(random.between(0, 3), id()),
    open: () => open(id()),
    waiting: () =>
      waiting(
        random.between(1, 3),
        random.pick([undefined, 100, 500]),
        random.pick([undefined, new Error('lost'), new Error('refused')]),
      ),
    paused: () => PAUSED,
    closed: () => CLOSED,
    gap: () => gap(id(), id()),
    event: () => text(random.pick(['a', 'b', 'c']), random.pick(['message', 'state', 'gap']), id()),
    snapshot: (): Step => ({ kind: 'snapshot', snapshot: random.pick(['s', 't']) }),
    comment: () => COMMENT,
  };
  const weights = {
    connecting: 5,
    open: 6,
    waiting: 5,
    paused: 1,
    closed: 1,
    gap: 2,
    event: 4,
    snapshot: 1,
    comment: 2,
  };
  const script: Timed[] = [];
  let at = 0;
  for (let left = random.between(0, 25); left > 0; left--) {
    at += random.pick([1, 10, 50, 200, 400]);
    script.push({ at, step: make[random.weighted(weights)]() });
  }
  const end = random.pick(['fail', 'complete', undefined] as const);
  return end ? [...script, { at: at + 10, step: end }] : script;
}
