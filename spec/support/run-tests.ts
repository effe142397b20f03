import { expect, jest } from '@jest/globals';
import { until } from './until.js';

/** Runs the tests of an example like Vitest or Jest. `clean` is called after each test. */
export async function runTests(
  execute: (modules: Readonly<Record<string, unknown>>) => Promise<unknown>,
  clean: () => unknown = () => undefined,
): Promise<void> {
  const before: (() => unknown)[] = [];
  const after: (() => unknown)[] = [];
  const tests: (() => unknown)[] = [];
  const waitFor = async (check: () => unknown) => {
    let answer: unknown;
    await until(() => {
      try {
        answer = check();
        return true;
      } catch {
        return false;
      }
    });
    return answer;
  };
  const framework = {
    beforeEach: (run: () => unknown) => before.push(run),
    afterEach: (run: () => unknown) => after.push(run),
    it: (_name: string, run: () => unknown) => tests.push(run),
    expect,
  };
  const vi = {
    waitFor,
    useFakeTimers: () => jest.useFakeTimers(),
    useRealTimers: () => jest.useRealTimers(),
    advanceTimersByTime: (milliseconds: number) => jest.advanceTimersByTime(milliseconds),
    getTimerCount: () => jest.getTimerCount(),
  };
  await execute({ vitest: { ...framework, vi }, '@jest/globals': framework });
  expect(tests).not.toEqual([]);
  for (const test of tests) {
    try {
      for (const run of [...before, test]) await run();
    } finally {
      for (const run of [...after, clean]) await run();
    }
  }
}
