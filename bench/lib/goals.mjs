/** How far beside its floor a goal must be for CI to fail: so far that it is no noise. */
const GROSS = 0.6;

/**
 * A goal for a ratio, `least` or `most`. It is met by the medians; it fails in CI, as `gross`, by the best samples only.
 *
 * @param {string} name
 * @param {{ least?: number, most?: number }} floor
 * @param {{ median: number, best: number }} measured
 * @returns {import('./table.mjs').Goal}
 */
export function goal(name, { least, most }, measured) {
  const isLeast = least !== undefined;
  return {
    name,
    floor: isLeast ? `at least ${least}` : `at most ${most}`,
    value: measured.median,
    met: isLeast ? measured.median >= least : measured.median <= most,
    gross: isLeast ? measured.best < GROSS * least : measured.best > most / GROSS,
  };
}
