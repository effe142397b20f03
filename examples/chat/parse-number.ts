/** The number that an option of the command line has. If it has none, or one that is out of range, the process ends with a word about it. */
export function parseNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && text !== '' && value >= min && value <= max) return value;
  console.error(`Expected ${option} to be a whole number from ${min} to ${max}, but got ${text}`);
  process.exit(1);
}
