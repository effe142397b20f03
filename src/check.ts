import type { Kind } from './kind.js';

// Checks options in development and in Node. In production, a page loads `check.production.ts` instead: `imports` in
// package.json selects the file.

const show = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** Throws a `TypeError` if the option `name` has a value of the wrong kind. A missing option is fine. */
export function check(name: string, value: unknown, [expected, isValid]: Kind): void {
  if (value !== undefined && !isValid(value)) {
    throw new TypeError(`Expected ${expected} for the option \`${name}\`, but got ${show(value)} (${typeof value})`);
  }
}

/** Like `check`, for a required value. */
export function checkGiven(name: string, value: unknown, kind: Kind): void {
  check(name, value ?? null, kind);
}

/** Throws a `TypeError` if one of `options` isn't of the kind in `kinds`. Missing options are fine. */
export function checkEach(kinds: Readonly<Record<string, Kind>>, options: object, prefix = ''): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(kinds)) check(prefix + name, given[name], kind);
}
