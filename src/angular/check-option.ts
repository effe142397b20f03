export const isObject = (value: unknown) => typeof value === 'object' && value !== null;

export const isFunction = (value: unknown) => typeof value === 'function';

/** Refuses what is given for the option `name` unless it `isValid`. */
export function checkOption(
  name: string,
  value: unknown,
  expected: string,
  isValid: (value: unknown) => boolean,
): void {
  if (isValid(value)) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new TypeError(`Expected ${expected} for the option \`${name}\`, but got ${shown} (${typeof value})`);
}
