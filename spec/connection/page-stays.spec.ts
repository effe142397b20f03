import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { pageStays } from '../../src/connection/page-stays.js';
import { observe } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';

/** Fulfilled in the task after those that are due. */
const nextTask = () => new Promise(resolve => setTimeout(resolve));

describe('pageStays', () => {
  it('emits at once where there is no page', () => {
    expect(observe(pageStays(asyncScheduler))).toMatchObject({ status: 'completed', values: [undefined] });
  });

  // What a browser does with a page that is left is shown by spec/browser/navigation.spec.ts.
  describe('in a page', () => {
    let page: VirtualPage;
    beforeEach(() => {
      page = new VirtualPage();
    });
    afterEach(() => {
      Reflect.deleteProperty(globalThis, 'closed');
      page.remove();
    });

    it('emits a task later, when all microtasks have run', async () => {
      const stays = observe(pageStays(asyncScheduler));
      await Promise.resolve();
      expect(stays).toMatchObject({ status: 'live', values: [] });
      expect(await stays.completed()).toEqual([undefined]);
    });

    it('says nothing in a window that is being closed [pitfall 21]', async () => {
      Object.assign(globalThis, { closed: true });
      const stays = observe(pageStays(asyncScheduler));
      await nextTask();
      expect(stays).toMatchObject({ status: 'live', values: [] });
    });

    it('says nothing once it is unsubscribed from', async () => {
      const stays = observe(pageStays(asyncScheduler));
      stays.subscription.unsubscribe();
      await nextTask();
      expect(stays).toMatchObject({ status: 'live', values: [] });
    });
  });
});
