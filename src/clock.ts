import type { SchedulerLike } from 'rxjs';

/** Milliseconds that only go forward, by the platform's own clock. */
export const platformTime = (): number => performance.now();

/**
 * A clock for lengths of time, in milliseconds that only go forward: a wall clock can be set. It goes with the timers of `scheduler`. If these run on
 * the wall's time, that is the platform's monotonic clock, and `platformTime` itself; if they run on a time of their own (a `TestScheduler`, also by
 * `run()`), it is that one.
 */
export function monotonic(scheduler: SchedulerLike): () => number {
  const isWallTime = Math.abs(scheduler.now() - Date.now()) < 1000;
  return isWallTime && !isTimeHeld() ? platformTime : () => scheduler.now();
}

/**
 * Whether a test holds the timers and `Date`, but not this clock, as `fakeAsync` of Angular does: then only `Date` goes with the timers. (jest and vitest
 * hold all three.) What a platform has is native, and inherited.
 */
const isTimeHeld = () => !String(Date.now).includes('[native') && !Object.hasOwn(performance, 'now');

/** A moment on both clocks. */
export interface Moment {
  /** By `monotonic`. */
  readonly steady: number;
  /** By the scheduler, whose clock can be set. */
  readonly wall: number;
}

/** No throttling makes a timer as late, in milliseconds: those of a hidden tab come once a minute. */
export const MAX_THROTTLING = 120_000;

/** No clock that runs fast or slow is as wrong by the time that a timer fires, and no shorter sleep matters. In milliseconds. */
export const MIN_SLEEP = 5000;

/**
 * For how many milliseconds the machine slept, or the page was frozen, between two moments, as far as can be told: 0 or less if it didn't. Three things
 * look alike here:
 *
 * - A timer of a hidden tab is throttled: it is late by both clocks alike, by `maxLate` at most.
 * - A clock is set: the wall's time jumps. If it jumps forward, that can't be told from a sleep.
 * - The machine slept: either the steady clock stood still, and the wall's went on; or it went on, and the timer is later than `maxLate`.
 *
 * @param length what the timer was set to at `from`, in milliseconds
 */
export function sleptFor(from: Moment, to: Moment, length: number, maxLate = MAX_THROTTLING): number {
  const passed = to.steady - from.steady;
  const late = passed - length;
  return Math.max(late > maxLate ? late : 0, to.wall - from.wall - passed);
}
