import type { Kind } from './kind.js';

// What a wrong option is answered with, in development and in Node. A page in production loads `check.production.ts` in its place: `imports` in
// package.json chooses.

const show = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** Refuses `value`, given for the option `name`, unless it is absent or of the kind. */
export function check(name: string, value: unknown, [expected, isValid]: Kind): void {
  if (value !== undefined && !isValid(value)) {
    throw new TypeError(`Expected ${expected} for the option \`${name}\`, but got ${show(value)} (${typeof value})`);
  }
}

/** The same for what must be there: what is missing is not absent, but wrong. */
export function checkGiven(name: string, value: unknown, kind: Kind): void {
  check(name, value ?? null, kind);
}

/** Refuses `options` unless each that `kinds` names is absent or of its kind. */
export function checkEach(kinds: Readonly<Record<string, Kind>>, options: object, prefix = ''): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(kinds)) check(prefix + name, given[name], kind);
}
