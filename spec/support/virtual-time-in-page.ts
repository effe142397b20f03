import type { Page } from 'playwright-core';
import type { SchedulerAction, Subscription, VirtualTimeScheduler } from 'rxjs';

declare global {
  /** In a page that has virtual time: what its streams are scheduled on. */
  const virtualTime: VirtualTimeScheduler;
}

/**
 * Gives a page a scheduler whose time stands still, and answers with what lets all that is due pass. What is due at once is a task of the
 * page, and what is due within 60 ms shows whether the page stays: time need not pass for it.
 */
export async function virtualTimeInPage(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    const { asyncScheduler, VirtualTimeScheduler } = rxSse.rxjs;
    class StandingTime extends VirtualTimeScheduler {
      override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
        return delay > 60 ? super.schedule(work, delay, state) : asyncScheduler.schedule(work, delay, state);
      }
    }
    Object.assign(globalThis, { virtualTime: new StandingTime() });
  });
  return () => page.evaluate(() => virtualTime.flush());
}
