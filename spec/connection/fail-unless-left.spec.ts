import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failUnlessLeft } from '../../src/connection/fail-unless-left.js';
import { observe } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';

const reason = new Error('lost');
/** Fulfilled in the task after those that are due. */
const nextTask = () => new Promise(resolve => setTimeout(resolve));

describe('failUnlessLeft', () => {
  it('fails at once where there is no page', () => {
    expect(observe(failUnlessLeft(reason))).toMatchObject({ status: 'failed', error: reason });
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

    it('fails a task later, when all microtasks have run', async () => {
      const failure = observe(failUnlessLeft(reason));
      await Promise.resolve();
      expect(failure.status).toBe('live');
      expect(await failure.failed()).toBe(reason);
    });

    it('says nothing in a window that is being closed [pitfall 21]', async () => {
      Object.assign(globalThis, { closed: true });
      const failure = observe(failUnlessLeft(reason));
      await nextTask();
      expect(failure.status).toBe('live');
    });

    it('says nothing once it is unsubscribed from', async () => {
      const failure = observe(failUnlessLeft(reason));
      failure.subscription.unsubscribe();
      await nextTask();
      expect(failure.status).toBe('live');
    });
  });
});
