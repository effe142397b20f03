/** How far beside its floor a ratio must be for CI to fail: so far that it is no noise. */
const GROSS = 0.6;

/** @typedef {{ least?: number, most?: number }} Floor */

/**
 * A floor for a ratio, `least` or `most`. It is met by the medians. It fails in CI, as `gross`, by the best samples, where the medians
 * say the same: on a busy machine a single sample can be lucky.
 *
 * @param {string} of The measurement that it is about: what is run again, or profiled.
 * @param {string} name
 * @param {Floor} floor
 * @param {{ median: number, best: number }} measured
 * @param {Floor} [reached] What CI holds on to where that is far beyond the floor: with the floor, half of what is there could be
 *   lost unnoticed.
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
 * A floor that never fails in CI: for what is no ratio, like kilobytes, and says something about one machine only; or for what no
 * quick run measures.
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

/** What is aimed at beyond a floor. It never fails in CI either. @type {typeof limit} */
export function aim(of, name, floor, value) {
  const made = limit(of, name, floor, value);
  return { ...made, floor: `aim: ${made.floor}`, isAim: true };
}
