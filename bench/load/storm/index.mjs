// A server dies, and all of its clients reconnect. Compares their arrivals with the policy.
import { quantile } from '../../end-to-end/measurements.mjs';
import { limit } from '../../lib/goals.mjs';
import { seeded } from '../../lib/random.mjs';
import { byChance, expectedShares, largestDifference } from './policy.mjs';
import { PROCESSES, runStorm } from './run-storm.mjs';

/** @typedef {import('../../lib/table.mjs').Table} Table */

/**
 * `retry` is the wait that the server asks for, in milliseconds. `refusals` is how many times the connection of each
 * client is closed before the server is back.
 */
const FULL = { clients: 1000, retry: 2000, refusals: 2, storms: 3 };
const QUICK = { clients: 100, retry: 400, refusals: 1, storms: 1 };
const BUCKET = 100;
/** The default jitter. */
const JITTER = 0.5;
/** The largest difference between the share of a bucket and the policy, beyond chance: for arrivals, which a busy machine delays, and for waits. */
const NEAR = { arrivals: 0.05, waits: 0.005 };

const formatted = number => number.toLocaleString('en');
const percent = share => `${(share * 100).toFixed(1)} %`;

/** Returns the share of the clients in each bucket. */
function sharesOf(times) {
  const buckets = times.map(time => Math.floor(time / BUCKET));
  const shares = Array(Math.max(...buckets) + 1).fill(0);
  for (const bucket of buckets) shares[bucket] += 1 / times.length;
  return shares;
}

/** Runs the storms with or without jitter, and compares each attempt with the policy. */
async function storms(options, jitter, report) {
  const { clients, retry, refusals, storms } = options;
  const found = [];
  for (let i = 1; i <= storms; i++) {
    report(`storm ${i} of ${storms} with jitter ${jitter}`);
    // Without a value, the clients use the default.
    found.push(await runStorm(options, jitter === JITTER ? undefined : jitter));
  }
  const random = seeded(12);
  return expectedShares({ retry, jitter }, refusals + 1, BUCKET).map((expected, attempt) => {
    const all = key => found.flatMap(attempts => attempts[attempt][key]);
    const [arrivals, planned] = [all('arrivals'), all('planned')];
    const shares = sharesOf(arrivals);
    const late = arrivals.map((time, i) => time - planned[i]);
    return {
      shares,
      expected,
      most: Math.max(...shares) * clients,
      mostExpected: Math.max(...expected) * clients,
      difference: largestDifference(shares, expected),
      planned: largestDifference(sharesOf(planned), expected),
      chance: byChance(expected, clients * storms, random),
      late: quantile(late, 0.5),
      latest: quantile(late, 0.99),
    };
  });
}

const COLUMNS = [
  'jitter, attempt',
  `most in ${BUCKET} ms`,
  'policy predicts',
  'arrivals differ by',
  'waits differ by',
  'chance alone',
  'delay, p50 ms',
  'delay, p99 ms',
];

const rowsOf = (jitter, attempts) =>
  attempts.map(({ most, mostExpected, difference, planned, chance, late, latest }, i) => [
    `${jitter}, attempt ${i + 1}`,
    most,
    mostExpected,
    ...[difference, planned, chance].map(percent),
    late,
    latest,
  ]);

/** The goals for the first attempt with jitter. */
const goalsOf = ({ difference, planned, chance }) => [
  limit(
    'storm',
    'share by which waits differ from the policy, beyond chance',
    { most: NEAR.waits },
    Math.max(0, planned - chance),
  ),
  limit(
    'storm',
    'share by which arrivals differ from the policy, beyond chance',
    { most: NEAR.arrivals },
    Math.max(0, difference - chance),
  ),
];

/** @returns {Promise<Table[]>} */
export async function run({ quick, report }) {
  const options = quick ? QUICK : FULL;
  const { clients, retry, refusals, storms: count } = options;
  const jittered = await storms(options, JITTER, report);
  const plain = await storms(options, 0, report);
  return [
    {
      title: `The storm after a server dies, Node ${process.versions.node}`,
      note:
        `A server with ${formatted(clients)} subscribers is killed. It had sent \`retry: ${retry}\`. Its replacement closes the connection of each client until attempt ${refusals + 1}. The figures are from ${count} storms with the default policy, and as many without jitter. ` +
        `Arrivals are counted per ${BUCKET} ms. “Differ by” is the largest difference between the share of the clients in such a bucket and the share that the policy predicts: for their arrivals, and for their waits alone. If only chance causes it, it stays below “chance alone” in 19 of 20 cases. ` +
        `The clients are in ${PROCESSES} processes, which need some time to connect them all. “Delay” is the time of an arrival beyond its waits.`,
      columns: COLUMNS,
      rows: [...rowsOf(JITTER, jittered), ...rowsOf(0, plain)],
      goals: quick ? [] : goalsOf(jittered[0]),
      figures: { kind: 'storm', ...options, bucket: BUCKET, jitter: JITTER, jittered, plain },
    },
  ];
}
