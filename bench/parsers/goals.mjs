// The goals of the parsers, and their results.
import { aim, goal, limit } from '../lib/goals.mjs';
import { ratio } from '../lib/turns.mjs';
import { contestants } from './contestants.mjs';

/** @typedef {Map<string, Map<string, import('../lib/turns.mjs').Result>>} Measured By workload, by contestant. */

/** All parsers are compared with this one. */
export const BASE = 'eventsource-parser';
export const OURS = 'rx-sse';
export const OPERATOR = 'rx-sse-operator';
export const OBSERVABLE = 'rx-sse-observable';
export const CONTROL = 'control';

/** Our parser must be at least this many times as fast as eventsource-parser, in each engine and on each workload. */
const FLOOR = 1;
/** The operator must keep at least this share of the speed of a bare Observable. */
const OPERATOR_FLOOR = 0.9;

/** Targets beyond that, in the versions of Node in which a prototype reached them. */
const AIMS = {
  20: {
    a: 3.4,
    b: 2.1,
    c: 3.4,
    d: 2.2,
    e: 1.9,
    f: 1.05,
    f2: 1.2,
    g: 3.1,
    h: 3.1,
    i1: 8.9,
    i16: 2.3,
    ie: 2.4,
    ieb: 5.7,
  },
  24: {
    a: 1.5,
    b: 1.5,
    c: 1.3,
    d: 1.5,
    e: 0.97,
    f: 1.2,
    f2: 1.2,
    g: 1.8,
    h: 2.1,
    i1: 10.9,
    i16: 3.6,
    ie: 1.5,
    ieb: 8.6,
  },
};

/** The approximate results so far. CI requires most of them if they are above or near the floor. */
const REACHED = {
  20: { a: 2.5, b: 1.5, c: 2.6, d: 1.8, e: 1.1, f: 1, f2: 1.1, g: 2.5, h: 2.2, i1: 5.6, i16: 1, ie: 1.4, ieb: 3.2 },
  24: { a: 1.1, b: 1, c: 1.1, d: 1.2, e: 1, f: 1, f2: 1, g: 1.5, h: 1.8, i1: 7.7, i16: 1.2, ie: 1.2, ieb: 4.4 },
};
const MOST_OF_IT = 0.9;

/** The limits for growth, compared with the least work that the platform needs. */
export const GROWTH = {
  name: 'growth of the time per byte from an event of 5 MB to one of 50 MB, times that of copying and decoding it',
  of: ['j5', 'j'],
  most: 1.25,
};

export const titleOf = name => contestants[name]?.title ?? name.split('/').slice(-2).join('/');

/**
 * Returns the result that CI requires. Between two versions of Node with figures, it's the lower one. Without figures,
 * as in Chromium, it's near the floor.
 *
 * @param {string} workload
 * @param {number} [major] Of Node.
 */
function reachedOn(workload, major) {
  const of = version => REACHED[version][workload] ?? FLOOR;
  const reached = !major ? FLOOR : major >= 24 ? of(24) : major <= 20 ? of(20) : Math.min(of(20), of(24));
  return reached * MOST_OF_IT;
}

/** Returns the measurement of a goal: the workload, and the contestant unless it's the parser. */
const measurementOf = (workload, reader) => (reader === OURS ? workload : `${workload}, ${reader}`);

/** Returns the workload and the contestant of a goal. @param {string} of */
export function aboutOf(of) {
  const [workload, reader = OURS] = of.split(', ');
  return { workload, reader };
}

/**
 * Returns the goals that the measurements can decide.
 *
 * @param {Measured} measured
 * @param {string} [nodeVersion] None in Chromium.
 */
export function goalsOf(measured, nodeVersion) {
  const major = nodeVersion === undefined ? undefined : Number.parseInt(nodeVersion, 10);
  const goals = [...measured].flatMap(([workload, results]) => [
    ...goalsOfParser(workload, results, major),
    ...goalsOfOperator(workload, results),
  ]);
  return [...goals, ...goalsOfGrowth(measured)];
}

/** Returns how many times as fast as `than` a contestant is; `undefined` if one of them wasn't measured. */
function timesAsFast(workload, results, reader, than) {
  const [measured, other] = [results.get(reader), results.get(than)];
  if (!measured || !other || other.failure) return undefined;
  if (measured.failure) throw new Error(`${titleOf(reader)} on workload ${workload}: ${measured.failure}`);
  return ratio(other.samples, measured.samples);
}

function goalsOfParser(workload, results, major) {
  const times = timesAsFast(workload, results, OURS, BASE);
  if (!times) return [];
  const name = `${workload}, times as fast as ${titleOf(BASE)}`;
  const least = AIMS[major]?.[workload];
  return [
    goal(workload, name, { least: FLOOR }, times, { least: reachedOn(workload, major) }),
    ...(least === undefined ? [] : [aim(workload, name, { least }, times.median)]),
  ];
}

function goalsOfOperator(workload, results) {
  const of = measurementOf(workload, OPERATOR);
  return Object.entries({ [BASE]: FLOOR, [OBSERVABLE]: OPERATOR_FLOOR }).flatMap(([than, least]) => {
    const times = timesAsFast(workload, results, OPERATOR, than);
    const name = `${workload}, parseEventStream(), times as fast as ${titleOf(than)}`;
    return times ? [limit(of, name, { least }, times.median)] : [];
  });
}

function goalsOfGrowth(measured) {
  const [ours, control] = [OURS, CONTROL].map(name => growthOf(measured, name));
  if (!ours || !control) return [];
  const growth = { median: ours.median / control.median, best: ours.best / control.best };
  return [goal(GROWTH.of[1], GROWTH.name, { most: GROWTH.most }, growth)];
}

/**
 * Returns the time per byte of a long event, as a multiple of that of a short event; `undefined` if it wasn't measured.
 */
function growthOf(measured, name) {
  const [short, long] = GROWTH.of.map(workload => measured.get(workload)?.get(name));
  const perByte = ({ samples, ready }) => samples.map(sample => sample / ready.bytes);
  return short?.samples.length && long?.samples.length ? ratio(perByte(long), perByte(short)) : undefined;
}
