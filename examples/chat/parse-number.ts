/**
 * Returns the number of a command-line option or an environment variable. If it's missing or out of range, prints an
 * error and ends the process.
 */
export function parseNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && text !== '' && value >= min && value <= max) return value;
  console.error(`Expected ${option} to be a whole number from ${min} to ${max}, but got ${text || 'nothing'}`);
  process.exit(1);
}
