// What docs/reconnecting.md says of waits, as a distribution: written without a look at src/, which it is compared with.

const FACTOR = 2;
const LONGEST = 30_000;

/** The share of a uniform wait between two bounds that is over by `time`. */
function over(time, from, to) {
  if (time >= to) return 1;
  return time < from ? 0 : (time - from) / (to - from);
}

/**
 * How likely a wait is over by `time`, in milliseconds, after a number of failures in a row. Waits grow from what the server asked for, and are cut by
 * up to `jitter`; but none is shorter than what it asked for and up to `jitter` more.
 */
const isOver = (time, failures, { retry, jitter }) => {
  const grown = Math.min(retry * FACTOR ** (failures - 1), LONGEST);
  return over(time, grown * (1 - jitter), grown) * over(time, retry, retry * (1 + jitter));
};

/** How likely each number of whole milliseconds is as a wait after a number of failures. */
function waits(failures, policy) {
  const most = Math.ceil(Math.max(policy.retry * FACTOR ** (failures - 1), policy.retry * (1 + policy.jitter))) + 1;
  return Array.from(
    { length: most },
    (_, time) => isOver(time + 0.5, failures, policy) - isOver(time - 0.5, failures, policy),
  );
}

/** How likely the sum of two waits is. */
function add(one, other) {
  const sum = new Float64Array(one.length + other.length - 1);
  one.forEach((a, i) => a > 0 && other.forEach((b, j) => (sum[i + j] += a * b)));
  return [...sum];
}

/**
 * The share of the clients that arrives in each bucket, by attempt: the time counts from the death of the server.
 *
 * @param {{ retry: number, jitter: number }} policy
 * @param {number} attempts
 * @param {number} bucket In milliseconds.
 * @returns {number[][]}
 */
export function expectedShares(policy, attempts, bucket) {
  let at = [1];
  return Array.from({ length: attempts }, (_, attempt) => {
    at = add(at, waits(attempt + 1, policy));
    const shares = Array(Math.ceil(at.length / bucket)).fill(0);
    at.forEach((share, time) => (shares[Math.floor(time / bucket)] += share));
    return shares;
  });
}

/**
 * By how much the shares of the clients differ from these by chance alone: the largest difference of all buckets, which 19 of 20 storms stay
 * below.
 *
 * @param {number[]} shares
 * @param {number} clients
 * @param {() => number} random
 */
export function byChance(shares, clients, random) {
  const differences = Array.from({ length: 200 }, () => {
    const counts = shares.map(() => 0);
    for (let client = 0; client < clients; client++) {
      let left = random();
      const bucket = shares.findIndex(share => (left -= share) < 0);
      counts[bucket === -1 ? shares.length - 1 : bucket]++;
    }
    return largestDifference(
      counts.map(count => count / clients),
      shares,
    );
  });
  return differences.sort((a, b) => a - b)[Math.floor(0.95 * differences.length)];
}

/** @param {number[]} found @param {number[]} expected */
export const largestDifference = (found, expected) =>
  Math.max(
    ...Array.from({ length: Math.max(found.length, expected.length) }, (_, i) =>
      Math.abs((found[i] ?? 0) - (expected[i] ?? 0)),
    ),
  );
