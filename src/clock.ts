import type { SchedulerLike } from 'rxjs';

/** Returns milliseconds from the platform's monotonic clock. */
export const platformTime = (): number => performance.now();

/**
 * Returns a clock for lengths of time. It counts milliseconds and never goes back, unlike a wall clock, which can be
 * set.
 *
 * The clock matches the timers of `scheduler`. If they use the wall's time, it's the platform's monotonic clock
 * (`platformTime`). If they use their own time, such as a `TestScheduler`, also in `run()`, it's that time.
 */
export function monotonic(scheduler: SchedulerLike): () => number {
  const isWallTime = Math.abs(scheduler.now() - Date.now()) < 1000;
  return isWallTime && !isTimeHeld() ? platformTime : () => scheduler.now();
}

/**
 * Whether a test mocks the timers and `Date` but not `performance`, as Angular's `fakeAsync` does. Then only `Date`
 * matches the timers. (jest and vitest mock all three.) The platform's own functions are native, and inherited.
 */
const isTimeHeld = () => !String(Date.now).includes('[native') && !Object.hasOwn(performance, 'now');

/** A moment on both clocks. */
export interface Moment {
  /** By `monotonic`. */
  readonly steady: number;
  /** By the scheduler, whose clock can be set. */
  readonly wall: number;
}

/** Throttling never delays a timer by more than this, in milliseconds. In a hidden tab, timers fire once a minute. */
export const MAX_THROTTLING = 120_000;

/** The shortest sleep that counts, in milliseconds. It's longer than the error of a clock that runs fast or slow. */
export const MIN_SLEEP = 5000;

/**
 * Returns how many milliseconds the machine slept, or the page was frozen, between two moments, as far as this is
 * known. 0 or less if it didn't sleep. Three things look alike:
 *
 * - A timer of a hidden tab is throttled. Both clocks show the same delay, at most `maxLate`.
 * - A clock is set. The wall's time jumps. A jump forward looks like sleep.
 * - The machine slept. Either the monotonic clock stopped and the wall's time went on, or it went on too, and the timer
 *   is late by more than `maxLate`.
 *
 * @param length the length of the timer that was set at `from`, in milliseconds
 */
export function sleptFor(from: Moment, to: Moment, length: number, maxLate = MAX_THROTTLING): number {
  const passed = to.steady - from.steady;
  const late = passed - length;
  return Math.max(late > maxLate ? late : 0, to.wall - from.wall - passed);
}
