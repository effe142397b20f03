/** What an option may be: as messages say it, and how it is told. */
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
