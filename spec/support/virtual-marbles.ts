import { expect } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';

/** Runs marbles: a frame is a millisecond of all timers. */
export const marbles = (run: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
