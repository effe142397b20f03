// What “flat” means, and when it is shown.

/**
 * Costs are flat when they do not grow with the size at all. That no measurement shows; it can show that they grow by less than
 * the least that an algorithm can be wrong by. That is a logarithm: a search, or a tree, whose depth grows. From 1e3 to 1e7 it
 * grows from 3 to 7, which a line through its logarithms, by least squares, has as a factor of 1.23 for each tenfold. Flat is
 * what is surely less than half of that: a factor of 1.1, two standard errors of the line included. So scatter makes it harder
 * to meet, not easier, and a measurement too coarse to tell does not meet it.
 */
export const FLAT = 1.1;

/**
 * The least that can be kept of anything is a pointer to it, of 8 bytes. Memory is flat when what is kept is surely less than one
 * for each time that something could be: two standard errors of the line included, again.
 */
export const POINTER = 8;

/** @param {number[]} values */
export const mean = values => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * The line through what several runs measured, by least squares. Each run has a level of its own: how well a process compiled its
 * code, and how busy the machine was, is no growth.
 *
 * @param {number[]} xs
 * @param {number[][]} runs For each run what it measured at each x.
 * @returns {{ slope: number, error: number }} Its slope and the standard error of that.
 */
export function leastSquares(xs, runs) {
  const center = values => values.map(value => value - mean(values));
  const x = center(xs);
  const points = runs.flatMap(run => center(run).map((y, i) => [x[i], y]));
  const sum = term => points.reduce((total, point) => total + term(point), 0);
  const squares = sum(([x]) => x * x);
  const slope = sum(([x, y]) => x * y) / squares;
  const residuals = sum(([x, y]) => (y - slope * x) ** 2);
  return { slope, error: Math.sqrt(residuals / (points.length - runs.length - 1) / squares) };
}

/**
 * The factor by which costs grow for each tenfold of the size: `likely`, and `most`, two standard errors above.
 *
 * @param {number[]} sizes
 * @param {number[][]} runs
 */
export function growthPerTenfold(sizes, runs) {
  const { slope, error } = leastSquares(
    sizes.map(Math.log10),
    runs.map(costs => costs.map(Math.log10)),
  );
  return { likely: 10 ** slope, most: 10 ** (slope + 2 * error) };
}

/**
 * The bytes by which memory grows with each one more of what is counted.
 *
 * @param {number[]} counts
 * @param {number[][]} runs In kB.
 */
export function bytesForEach(counts, runs) {
  const { slope, error } = leastSquares(counts, runs);
  return { likely: slope * 1024, most: (slope + 2 * error) * 1024 };
}
