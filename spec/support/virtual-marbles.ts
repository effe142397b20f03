import { expect } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';

/** Runs marble tests: a frame is a millisecond for all timers. */
export const marbles = (run: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
