/** CI fails if a ratio misses its floor by this factor, which is more than noise. */
const GROSS = 0.6;

/** @typedef {{ least?: number, most?: number }} Floor */

/**
 * A floor for a ratio, `least` or `most`. The medians decide whether it's met. CI fails (`gross`) by the best samples,
 * but only if the medians agree: on a busy machine, a single sample can be lucky.
 *
 * @param {string} of The measurement, which is run again or profiled.
 * @param {string} name
 * @param {Floor} floor
 * @param {{ median: number, best: number }} measured
 * @param {Floor} [reached] The floor for CI, if results are far better than the floor: otherwise half of the result
 * could be lost unnoticed.
 * @returns {import('./table.mjs').Goal}
 */
export function goal(of, name, floor, { median, best }, reached = floor) {
  const { least, most = NaN } = reached;
  const bound = least === undefined ? most / GROSS : least * GROSS;
  const isGross = ratio => (least === undefined ? ratio > bound : ratio < bound);
  const inCI = `${least === undefined ? 'at most' : 'at least'} ${bound.toFixed(2)}`;
  return { ...limit(of, name, floor, median), best, inCI, gross: isGross(best) && isGross(median) };
}

/**
 * A floor that never fails in CI: for absolute figures such as kilobytes, which depend on the machine, and for figures
 * that quick runs don't measure.
 *
 * @param {string} of
 * @param {string} name
 * @param {Floor} floor
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

/** A target beyond a floor. It never fails in CI either. @type {typeof limit} */
export function aim(of, name, floor, value) {
  const made = limit(of, name, floor, value);
  return { ...made, floor: `aim: ${made.floor}`, isAim: true };
}
