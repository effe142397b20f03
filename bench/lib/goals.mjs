/** How far beside its floor a ratio must be for CI to fail: so far that it is no noise. */
const GROSS = 0.6;

/**
 * A goal for a ratio, `least` or `most`. It is met by the medians. It fails in CI, as `gross`, by the best samples, where the medians
 * say the same: on a busy machine a single sample can be lucky.
 *
 * @param {string} of The measurement that it is about: what is run again, or profiled.
 * @param {string} name
 * @param {{ least?: number, most?: number }} floor
 * @param {{ median: number, best: number }} measured
 * @returns {import('./table.mjs').Goal}
 */
export function goal(of, name, floor, { median, best }) {
  const { least, most = NaN } = floor;
  const isGross = ratio => (least === undefined ? ratio > most / GROSS : ratio < GROSS * least);
  return { ...limit(of, name, floor, median), best, gross: isGross(best) && isGross(median) };
}

/**
 * A goal for what is no ratio, like kilobytes: it says something about one machine, so it never fails in CI.
 *
 * @param {string} of
 * @param {string} name
 * @param {{ least?: number, most?: number }} floor
 * @param {number} value
 * @returns {import('./table.mjs').Goal}
 */
export function limit(of, name, { least, most = NaN }, value) {
  return {
    of,
    name,
    floor: least === undefined ? `at most ${most.toLocaleString('en')}` : `at least ${least}`,
    value,
    met: least === undefined ? value <= most : value >= least,
  };
}
