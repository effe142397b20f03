// Defines “flat”, and how to show it.
import { limit } from '../lib/goals.mjs';

/**
 * Costs are flat if they don't grow with the size at all. No measurement can prove that, but it can show that they grow
 * by less than the slowest relevant growth. That is logarithmic, as in a search or a tree. From 1e3 to 1e7, a logarithm
 * grows from 3 to 7. A line through its logarithms, by least squares, has a factor of 1.23 per tenfold. Costs count as
 * flat if they surely grow by less than half of that: a factor of 1.1, including two standard errors of the line. So
 * scatter makes the goal harder, and a measurement that is too coarse doesn't meet it.
 */
export const FLAT = 1.1;

/**
 * The smallest thing to keep is a pointer of 8 bytes. Memory is flat if surely less than one pointer is kept per item,
 * again including two standard errors of the line.
 */
export const POINTER = 8;

/** @param {number[]} values */
export const mean = values => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * Fits a line through several runs by least squares. Each run has its own level, because compilation and the load of
 * the machine differ between processes. This isn't growth.
 *
 * @param {number[]} xs
 * @param {number[][]} runs The values of each run at each x.
 * @returns {{ slope: number, error: number }} The slope and its standard error.
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
 * Returns the factor of the costs per tenfold of the size: `likely`, and `most`, two standard errors above.
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
 * Returns how many bytes the memory grows per item.
 *
 * @param {number[]} counts
 * @param {number[][]} runs In kB.
 */
export function bytesForEach(counts, runs) {
  const { slope, error } = leastSquares(counts, runs);
  return { likely: slope * 1024, most: (slope + 2 * error) * 1024 };
}

/** A goal: costs don't grow with the size. */
export const flat = (of, name, { most }) => limit(of, `${name}: growth for each tenfold`, { most: FLAT }, most);
