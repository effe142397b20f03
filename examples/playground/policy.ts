import type { Observable } from 'rxjs';
import type { EventSourceOptions } from 'rx-sse';

/** The values of the sliders. Times are in seconds. */
export interface Policy {
  readonly delay: number;
  readonly maxDelay: number;
  /** In percent. */
  readonly jitter: number;
  readonly count: number;
  readonly idleTimeout: number;
}

export interface PolicySlider {
  readonly name: keyof Policy;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly show: (value: number) => string;
}

/** One more than the most attempts that can be set: no limit. */
const UNLIMITED = 11;
const inSeconds = (value: number) => `${value} s`;

export const DEFAULT_POLICY: Policy = { delay: 1, maxDelay: 8, jitter: 50, count: UNLIMITED, idleTimeout: 3 };

export const SLIDERS: readonly PolicySlider[] = [
  { name: 'delay', label: 'First wait', min: 0.1, max: 5, step: 0.1, show: inSeconds },
  { name: 'maxDelay', label: 'Longest wait', min: 1, max: 30, step: 1, show: inSeconds },
  { name: 'jitter', label: 'Jitter', min: 0, max: 100, step: 5, show: value => `${value} %` },
  {
    name: 'count',
    label: 'Attempts in a row',
    min: 1,
    max: UNLIMITED,
    step: 1,
    show: value => (value === UNLIMITED ? 'no limit' : String(value)),
  },
  {
    name: 'idleTimeout',
    label: 'Idle timeout',
    min: 0,
    max: 15,
    step: 1,
    show: value => (value === 0 ? 'forever' : inSeconds(value)),
  },
];

/** The options of a stream with that policy; a value of `wake` ends a wait. */
export function optionsOf(policy: Policy, wake: Observable<unknown>): EventSourceOptions {
  const { delay, maxDelay, jitter, count, idleTimeout } = policy;
  return {
    idleTimeout: idleTimeout * 1000,
    reconnect: {
      delay: delay * 1000,
      maxDelay: Math.max(delay, maxDelay) * 1000,
      jitter: jitter / 100,
      count: count === UNLIMITED ? Infinity : count,
      wake,
    },
  };
}
