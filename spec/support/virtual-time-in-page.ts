import type { Page } from 'playwright-core';
import type { SchedulerAction, Subscription, VirtualTimeScheduler } from 'rxjs';

declare global {
  /** In a page with virtual time: the scheduler of its streams. */
  const virtualTime: VirtualTimeScheduler;
}

/**
 * Gives a page a scheduler whose time stands still, and returns a function that runs everything that is scheduled. Delays of up to 60 ms pass in
 * real time: they are tasks of the page, or show whether the page stays.
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
