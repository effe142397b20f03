import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goal } from '../lib/goals.mjs';
import { seeded } from '../lib/random.mjs';
import { profilesOf } from '../lib/profile.mjs';
import { section } from '../lib/table.mjs';
import { best, profileOf, ratio, startProcess, takeTurns } from '../lib/turns.mjs';
import { openChromium } from './chromium.mjs';
import { contestants } from './contestants.mjs';
import { NO_OSR } from './no-osr.mjs';
import { workloads } from './workloads.mjs';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** In milliseconds; a quick run has it to spare, as no machine may be too busy for it. */
const PATIENCE = { full: 10_000, quick: 120_000 };

/** What all are compared with. */
const BASE = 'eventsource-parser';
const OURS = 'rx-sse';
const CONTROL = 'control';
/** Those whose ratios are looked at more closely than that of the others. */
const CLOSE = [BASE, OURS, CONTROL, 'rx-sse-operator'];

/** How many times as fast as eventsource-parser the parser must be, at least. */
const FLOORS = {
  20: { a: 3.3, b: 2, c: 3.3, d: 2.1, e: 1.8, f: 1, f2: 1.2, g: 3, h: 3, i1: 8.8, i16: 2.3, ie: 2.4, ieb: 5.7 },
  24: { a: 1.5, b: 1.4, c: 1.25, d: 1.4, e: 1, f: 1.15, f2: 1.2, g: 1.8, h: 2.1, i1: 10, i16: 3.5, ie: 1.5, ieb: 8 },
};
/** What is more than the least that the platform takes must not grow. */
const GROWTH = {
  name: 'growth of the time per byte from an event of 5 MB to one of 50 MB, times that of copying and decoding it',
  of: ['j5', 'j'],
  most: 1.25,
};

/** The floors for a version of Node. One between those that have floors of their own must reach the lower of each. */
function floorsOf(version) {
  const major = Number.parseInt(version, 10);
  if (major >= 24) return FLOORS[24];
  if (major <= 20) return FLOORS[20];
  return Object.fromEntries(
    Object.entries(FLOORS[20]).map(([name, floor]) => [name, Math.min(floor, FLOORS[24][name])]),
  );
}

/**
 * Measures parsers on workloads.
 *
 * @param {object} options
 * @param {string[]} options.names The workloads.
 * @param {string[]} options.readers The contestants: keys of `contestants`, or paths of modules with an EventStreamParser.
 * @param {number} options.rounds
 * @param {number} options.turns
 * @param {number} [options.patience]
 * @param {string} [options.execPath] Another Node.
 * @param {boolean} [options.inChromium]
 * @param {boolean} [options.profiled] Whether what misses its goal is profiled.
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
  const floors = chromium ? undefined : floorsOf(process.versions.node);
  let goals = [];
  let profiles = [];

  /** @type {Map<string, Map<string, import('../lib/turns.mjs').Result>>} */
  const measured = new Map();
  try {
    for (const name of names) {
      const here = taking.filter(reader => contestants[reader]?.workloads?.includes(name) ?? true);
      const results = await takeTurns(here, start(name), { rounds, turns, random, once });
      measured.set(name, results);
      report(`${name}: ${here.map(reader => `${titleOf(reader)} ${describe(results, reader)}`).join(', ')}`);
    }
    goals = goalsOf(measured, floors);
    const record = async of => ({
      title: `Where ${titleOf(OURS)} spends its time on \`${of}\``,
      rows: await profileOf(() => start(of)(OURS)),
    });
    if (profiled) profiles = await profilesOf(goals, record);
  } finally {
    await chromium?.close();
  }

  const where = chromium ? `Chromium ${chromium.version}` : `Node ${process.version}`;
  const others = taking.filter(name => name !== BASE);
  const failures = [...measured].flatMap(([name, results]) =>
    taking.flatMap(reader => {
      const failure = results.get(reader)?.failure;
      return failure ? [[name, titleOf(reader), failure]] : [];
    }),
  );
  return [
    {
      title: `Parsers, ${where}`,
      note: `How many times as fast as ${titleOf(BASE)}: by the medians / by the best samples. Above 1 is faster.`,
      columns: ['workload', `${titleOf(BASE)}, ns an event`, ...others.map(titleOf)],
      rows: [...measured].map(([name, results]) => [
        `${name}: ${workloads[name].title}`,
        nanosecondsPerEvent(results.get(BASE)),
        ...others.map(reader => describe(results, reader)),
      ]),
      headline: true,
      goals,
      profiles,
    },
    ...(failures.length > 0
      ? [
          {
            title: `Parsers that were not timed, ${where}`,
            note: 'What a parser gives is compared with what was put in. One that gives something else on a workload is not timed there.',
            columns: ['workload', 'parser', 'what it gave'],
            rows: failures,
          },
        ]
      : []),
  ];
}

const isPath = name => !(name in contestants);
const titleOf = name => contestants[name]?.title ?? name.split('/').slice(-2).join('/');
const nanosecondsPerEvent = ({ samples, ready }) => (samples.length > 0 ? best(samples) / ready.events : NaN);

function describe(results, name) {
  if (!results.has(name)) return '';
  const { failure, samples } = results.get(name);
  if (failure) return failure.startsWith('not done') ? 'too slow' : 'wrong';
  const { median, best } = ratio(results.get(BASE).samples, samples);
  return `${median.toFixed(2)} / ${best.toFixed(2)}`;
}

/** The goals that can be told from what was measured. Where there are no floors, it is to be ahead. */
function goalsOf(measured, floors) {
  const goals = [];
  for (const [name, results] of measured) {
    const least = floors ? floors[name] : 1;
    const ours = results.get(OURS);
    if (least === undefined || !ours) continue;
    if (ours.failure) throw new Error(`${titleOf(OURS)} on workload ${name}: ${ours.failure}`);
    goals.push(
      goal(
        name,
        `${name}, times as fast as ${titleOf(BASE)}`,
        { least },
        ratio(results.get(BASE).samples, ours.samples),
      ),
    );
  }
  const [ours, control] = [OURS, CONTROL].map(name => growthOf(measured, name));
  if (ours && control) {
    const growth = { median: ours.median / control.median, best: ours.best / control.best };
    goals.push(goal(GROWTH.of[1], GROWTH.name, { most: GROWTH.most }, growth));
  }
  return goals;
}

/** How many times the time for a byte of a short event one of a long event takes; undefined where that was not measured. */
function growthOf(measured, name) {
  const [short, long] = GROWTH.of.map(workload => measured.get(workload)?.get(name));
  const perByte = ({ samples, ready }) => samples.map(sample => sample / ready.bytes);
  return short?.samples.length && long?.samples.length ? ratio(perByte(long), perByte(short)) : undefined;
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
        // What is quadratic is too slow for a tenth of it, too.
        names: names.filter(name => name !== 'j'),
        readers: [OURS],
        rounds: 2,
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
