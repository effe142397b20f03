// What is asked of the parsers, and what was measured of that.
import { aim, goal, limit } from '../lib/goals.mjs';
import { ratio } from '../lib/turns.mjs';
import { contestants } from './contestants.mjs';

/** @typedef {Map<string, Map<string, import('../lib/turns.mjs').Result>>} Measured By workload, by contestant. */

/** What all are compared with. */
export const BASE = 'eventsource-parser';
export const OURS = 'rx-sse';
export const OPERATOR = 'rx-sse-operator';
export const OBSERVABLE = 'rx-sse-observable';
export const CONTROL = 'control';

/** How many times as fast as eventsource-parser ours must be, in each engine and on each workload. */
const FLOOR = 1;
/** How much of the speed that a bare Observable leaves the operator must leave, too. */
const OPERATOR_FLOOR = 0.9;

/** What is aimed at beyond that, in the versions of Node in which it was once reached by a prototype. */
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

/** What has been reached, about. CI holds on to most of it, as far as that is above the floor or near it. */
const REACHED = {
  20: { a: 2.5, b: 1.5, c: 2.6, d: 1.8, e: 1.1, f: 1, f2: 1.1, g: 2.5, h: 2.2, i1: 5.6, i16: 1, ie: 1.4, ieb: 3.2 },
  24: { a: 1.1, b: 1, c: 1.1, d: 1.2, e: 1, f: 1, f2: 1, g: 1.5, h: 1.8, i1: 7.7, i16: 1.2, ie: 1.2, ieb: 4.4 },
};
const MOST_OF_IT = 0.9;

/** What is more than the least that the platform takes must not grow. */
export const GROWTH = {
  name: 'growth of the time per byte from an event of 5 MB to one of 50 MB, times that of copying and decoding it',
  of: ['j5', 'j'],
  most: 1.25,
};

export const titleOf = name => contestants[name]?.title ?? name.split('/').slice(-2).join('/');

/**
 * What CI holds on to. Between two versions of Node that have figures of their own it is the lower of both; where there are none, as
 * in Chromium, it is about the floor.
 *
 * @param {string} workload
 * @param {number} [major] Of Node.
 */
function reachedOn(workload, major) {
  const of = version => REACHED[version][workload] ?? FLOOR;
  const reached = !major ? FLOOR : major >= 24 ? of(24) : major <= 20 ? of(20) : Math.min(of(20), of(24));
  return reached * MOST_OF_IT;
}

/** The measurement of a goal: the workload, and the contestant where that is not the parser. */
const measurementOf = (workload, reader) => (reader === OURS ? workload : `${workload}, ${reader}`);

/** The workload and the contestant that a goal is about. @param {string} of */
export function aboutOf(of) {
  const [workload, reader = OURS] = of.split(', ');
  return { workload, reader };
}

/**
 * The goals that can be told from what was measured.
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

/** How many times as fast as `than` a contestant is; undefined where one of them was not measured. */
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

/** How many times the time for a byte of a short event one of a long event takes; undefined where that was not measured. */
function growthOf(measured, name) {
  const [short, long] = GROWTH.of.map(workload => measured.get(workload)?.get(name));
  const perByte = ({ samples, ready }) => samples.map(sample => sample / ready.bytes);
  return short?.samples.length && long?.samples.length ? ratio(perByte(long), perByte(short)) : undefined;
}
