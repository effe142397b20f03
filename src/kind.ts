import type { SchedulerLike } from 'rxjs';

/** The kind of value that an option accepts: its name for error messages, and a check. */
export type Kind = readonly [expected: string, isValid: (value: unknown) => boolean];

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A number of at least `min`. */
export const atLeast = (min: number, what = 'a number'): Kind => [
  `${what}, ${min} or more,`,
  value => typeof value === 'number' && value >= min,
];
export const MILLISECONDS = /* @__PURE__ */ atLeast(0, 'milliseconds');
export const FUNCTION: Kind = ['a function', value => typeof value === 'function'];
export const OBJECT: Kind = ['an object', isObject];
export const SCHEDULER: Kind = [
  'a scheduler',
  value => isObject(value) && typeof (value as Partial<SchedulerLike>).schedule === 'function',
];
