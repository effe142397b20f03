import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seeded } from '../lib/random.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { section } from '../lib/table.mjs';
import { best, median, profileOf, ratio, startProcess, takeTurns } from '../lib/turns.mjs';
import { openChromium } from './chromium.mjs';
import { contestants } from './contestants.mjs';
import { aboutOf, BASE, CONTROL, goalsOf, GROWTH, OBSERVABLE, OPERATOR, OURS, titleOf } from './goals.mjs';
import { NO_OSR } from './no-osr.mjs';
import { workloads } from './workloads.mjs';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** In milliseconds. A quick run waits longer, because it must pass on busy machines. */
const PATIENCE = { full: 10_000, quick: 120_000 };

/** The contestants that goals depend on. They are measured more closely. */
const CLOSE = [BASE, OURS, CONTROL, OPERATOR, OBSERVABLE];

/**
 * Measures parsers on workloads.
 *
 * @param {object} options
 * @param {string[]} options.names The workloads.
 * @param {string[]} options.readers The contestants: keys of `contestants`, or paths of modules with an
 * EventStreamParser.
 * @param {number} options.rounds
 * @param {number} options.turns
 * @param {number} [options.patience]
 * @param {string} [options.execPath] Another Node.
 * @param {boolean} [options.inChromium]
 * @param {boolean} [options.profiled] Whether to profile missed goals.
 * @param {(line: string) => void} [options.report]
 * @returns {Promise<import('../lib/table.mjs').Table[]>}
 */
export async function measure(options) {
  const { names, readers, rounds, turns, patience = PATIENCE.full, execPath, inChromium = false } = options;
  const { profiled = false, report = () => {} } = options;
  const chromium = inChromium ? await openChromium({ paths: readers.filter(isPath), patience }) : undefined;
  const taking = [...new Set([BASE, ...readers])].filter(name => !(chromium && contestants[name]?.nodeOnly));
  const start = workload => name =>
    chromium
      ? chromium.start(workload, name)
      : startProcess(WORKER, [workload, name], { execPath, execArgv: [NO_OSR], patience });
  const random = seeded(Date.now());
  const once = taking.filter(name => name in contestants && !CLOSE.includes(name));
  let goals = [];
  let profiles = [];

  /** @type {import('./goals.mjs').Measured} */
  const measured = new Map();
  try {
    for (const name of names) {
      const here = taking.filter(reader => contestants[reader]?.workloads?.includes(name) ?? true);
      const results = await takeTurns(here, start(name), { rounds, turns, random, once });
      measured.set(name, results);
      report(`${name}: ${here.map(reader => `${titleOf(reader)} ${describe(results, reader)}`).join(', ')}`);
    }
    goals = goalsOf(measured, chromium ? undefined : process.versions.node);
    const record = async of => {
      const { workload, reader } = aboutOf(of);
      return {
        title: `Where ${titleOf(reader)} spends its time on \`${workload}\``,
        rows: await profileOf(() => start(workload)(reader)),
      };
    };
    if (profiled) profiles = await profilesOf(goals, record);
  } finally {
    await chromium?.close();
  }

  const engine = chromium ? `Chromium ${chromium.version}` : `Node ${process.version.slice(1)}`;
  return [{ ...speeds(measured, taking, engine), goals, profiles }, ...failures(measured, taking, engine)];
}

/** @returns {import('../lib/table.mjs').Table} */
function speeds(measured, taking, engine) {
  const others = taking.filter(name => name !== BASE);
  return {
    title: `Parsers, ${engine}`,
    note: `How many times as fast as ${titleOf(BASE)}: by the medians / by the best samples. Above 1 is faster.`,
    columns: ['workload', `${titleOf(BASE)}, ns an event`, ...others.map(titleOf)],
    rows: [...measured].map(([name, results]) => [
      `${name}: ${workloads[name].title}`,
      nanosecondsPerEvent(results.get(BASE)),
      ...others.map(reader => describe(results, reader)),
    ]),
    figures: {
      kind: 'parsers',
      engine,
      rows: [...measured].flatMap(([name, results]) =>
        results.get(OURS)?.samples.length > 0
          ? [
              {
                name,
                title: workloads[name].title,
                times: median(results.get(BASE).samples) / median(results.get(OURS).samples),
              },
            ]
          : [],
      ),
    },
  };
}

/** Returns the contestants that weren't timed. @returns {import('../lib/table.mjs').Table[]} */
function failures(measured, taking, engine) {
  const rows = [...measured].flatMap(([name, results]) =>
    taking.flatMap(reader => {
      const failure = results.get(reader)?.failure;
      return failure ? [[name, titleOf(reader), failure]] : [];
    }),
  );
  const note =
    'What a parser gives is compared with what was put in. One that gives something else on a workload is not timed there.';
  const columns = ['workload', 'parser', 'what it gave'];
  return rows.length > 0 ? [{ title: `Parsers that were not timed, ${engine}`, note, columns, rows }] : [];
}

const isPath = name => !(name in contestants);
const nanosecondsPerEvent = ({ samples, ready }) => (samples.length > 0 ? best(samples) / ready.events : NaN);

function describe(results, name) {
  if (!results.has(name)) return '';
  const { failure, samples } = results.get(name);
  if (failure) return failure.startsWith('not done') ? 'too slow' : 'wrong';
  const { median, best } = ratio(results.get(BASE).samples, samples);
  return `${median.toFixed(2)} / ${best.toFixed(2)}`;
}

/**
 * @param {object} options
 * @param {boolean} options.quick
 * @param {boolean} [options.inChromium]
 * @param {string[]} [options.only] The measurements, which are workloads here.
 * @param {(line: string) => void} [options.report]
 */
export function run({ quick, inChromium, only, report }) {
  const isAsked = name =>
    !only || only.includes(name) || (GROWTH.of.includes(name) && GROWTH.of.some(other => only.includes(other)));
  const names = Object.keys(workloads).filter(isAsked);
  return quick
    ? measure({
        // Quadratic parsers are too slow even for a tenth of it.
        names: names.filter(name => name !== 'j'),
        readers: [OURS],
        rounds: 1,
        turns: 4,
        patience: PATIENCE.quick,
        inChromium,
        report,
      })
    : measure({
        names,
        readers: Object.keys(contestants),
        rounds: 2,
        turns: 12,
        inChromium,
        profiled: true,
        report,
      });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      workloads: { type: 'string', default: Object.keys(workloads).join() },
      contestants: { type: 'string', default: Object.keys(contestants).join() },
      'rx-sse': { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '2' },
      turns: { type: 'string', default: '15' },
      chromium: { type: 'boolean', default: false },
    },
  });
  const tables = await measure({
    names: values.workloads.split(','),
    readers: [...values.contestants.split(','), ...values['rx-sse'].map(path => resolve(path))],
    rounds: Number(values.rounds),
    turns: Number(values.turns),
    inChromium: values.chromium,
    report: console.error,
  });
  console.log(tables.map(table => section(table)).join('\n\n'));
}
