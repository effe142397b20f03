import type { Page } from 'playwright-core';
import type {} from './share-in-page.js';

/** Resolves when the newest event of the page has that number. */
export const hasSeen = (page: Page, number: number): Promise<unknown> =>
  page.waitForFunction(number => shared.seen.at(-1) === number, number, { polling: 5, timeout: 60_000 });

/** Returns the faults in the events of a page: numbers that don't follow each other, and gaps. */
export const faultsIn = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    shared.seen.flatMap((number, index) => {
      const before = shared.seen[index - 1];
      const follows = number !== 'gap' && (before === undefined || number === Number(before) + 1);
      return follows ? [] : [`${number} behind ${before ?? 'nothing'}`];
    }),
  );

export const roleOf = (page: Page): Promise<string> => page.evaluate(() => shared.role);

/** Resolves when the page has that role. */
export const hasRole = (page: Page, role: string): Promise<unknown> =>
  page.waitForFunction(role => shared.role === role, role, { polling: 20, timeout: 60_000 });
