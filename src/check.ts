const show = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Refuses `value`, given for the option `name`, unless it is absent or `valid`. */
export function check(name: string, value: unknown, valid: boolean, expected: string): void {
  if (value !== undefined && !valid) {
    throw new TypeError(`Expected ${expected} for the option \`${name}\`, but got ${show(value)} (${typeof value})`);
  }
}

export const checkFunction = (name: string, value: unknown): void =>
  check(name, value, typeof value === 'function', 'a function');

export const checkNumber = (name: string, value: unknown, min: number, max: number, expected: string): void =>
  check(name, value, typeof value === 'number' && value >= min && value <= max, expected);

export const checkMilliseconds = (name: string, value: unknown): void =>
  checkNumber(name, value, 0, Infinity, 'milliseconds, 0 or more,');
