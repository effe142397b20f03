/* eslint jest/no-export: off -- the tables of `life.spec.ts` use it, and `life.end.spec.ts` its states */
import { expect, it } from '@jest/globals';
import { decide, type Effect, type Happening, type Life, NEW_LIFE, type Rules } from '../../src/life/life.js';

export const RULES: Rules = { count: 3, onEnd: true, steadyAfter: 30_000 };
export const NOW = 100_000;
export const boom = new Error('boom');

export const life = (phase: Life['phase'], other: Partial<Life> = {}): Life => ({ ...NEW_LIFE, phase, ...other });
export const failed = (other: Partial<Extract<Happening, { what: 'fail' }>> = {}): Happening => ({
  what: 'fail',
  error: boom,
  retryable: true,
  ...other,
});

/** A state, a happening in it, and the result: the relevant part of the next state, and the effect. */
type Row = readonly [
  title: string,
  life: Life,
  happening: Happening,
  next: Partial<Life>,
  effect?: Effect,
  rules?: Partial<Rules>,
];

export const table = (rows: readonly Row[]) => {
  // One rest parameter, because Jest passes `done` for a parameter that is missing in a row.
  it.each(rows)('%s', (...[, before, happening, next, effect, rules]) => {
    const [after, done] = decide(before, happening, NOW, { ...RULES, ...rules });
    expect(after).toMatchObject(next);
    expect(done).toEqual(effect);
  });
};

/** Expects that these happenings change nothing. */
export const nothing = (rows: readonly (readonly [Life['phase'], Happening])[]) => {
  it.each(rows)('changes nothing in the phase %s: %o', (phase, happening) => {
    const before = life(phase, { failures: 2, error: boom });
    expect(decide(before, happening, NOW, RULES)).toEqual([before]);
  });
};

export const first: Effect = { do: 'connect', attempt: { count: 0 } };
export const third: Effect = { do: 'connect', attempt: { count: 2, error: boom } };
