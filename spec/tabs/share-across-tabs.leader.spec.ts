import { describe, expect, it } from '@jest/globals';
import type { TabLifecycle } from '../../src/tabs/index.js';
import type { FakeTab } from '../../src/testing/index.js';
import type { Observed } from '../support/observe.js';
import { clock, datas, join, kinds, server, tabs, useSharedTabs } from './shared-tabs.js';

describe('shareAcrossTabs', () => {
  useSharedTabs();

  it.each<[string, (tab: FakeTab, observed: Observed<TabLifecycle>) => void]>([
    ['unsubscribes', (_, { subscription }) => subscription.unsubscribe()],
    ['leaves its page', tab => tab.leave()],
    ['is frozen', tab => tab.freeze()],
  ])('when the leader %s, another tab takes over and resumes after the last event', async (_name, go) => {
    const [one, two, three] = [join(), join(), join()];
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    go(one.tab, one);
    await tabs.settle();
    expect(first.state).toBe('closed');
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'y' });
    await tabs.settle();
    expect(kinds(two)).toEqual(['follower', 'connecting', 'open', 'x', 'leader', 'connecting', 'open', 'y']);
    expect(kinds(three)).toEqual(['follower', 'connecting', 'open', 'x', 'connecting', 'open', 'y']);
  });

  it('when the leader crashes, another tab takes over [pitfall 60]', async () => {
    const [one, two] = [join(), join()];
    await tabs.settle();
    server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    one.tab.crash();
    one.subscription.unsubscribe();
    await tabs.settle();
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'y' });
    expect(datas(two)).toEqual(['x', 'y']);
  });

  it.each<[string, (tab: FakeTab) => void, (tab: FakeTab) => void]>([
    ['the back/forward cache', tab => tab.leave(), tab => tab.comeBack()],
    ['a freeze', tab => tab.freeze(), tab => tab.resume()],
  ])('a tab that comes back from %s follows, and receives the events that it has missed', async (_name, go, back) => {
    const [one, two] = [join(), join()];
    await tabs.settle();
    server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    go(one.tab);
    await tabs.settle();
    const second = server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'y' });
    back(one.tab);
    await tabs.settle();
    second.send({ id: 3, data: 'z' });
    await tabs.settle();
    server.expectNoConnection();
    expect(kinds(one)).toEqual(['leader', 'connecting', 'open', 'x', 'follower', 'open', 'y', 'z']);
    expect(datas(two)).toEqual(['x', 'y', 'z']);
  });

  it('is led by a visible tab after the leader has been hidden for 30 s', async () => {
    const [one, two] = [join(), join()];
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    one.tab.hide();
    await tabs.settle();
    for (let seconds = 0; seconds < 30; seconds += 10) {
      expect(first.state).toBe('open');
      clock.advanceTo(clock.now() + 10_000);
      await tabs.settle();
    }
    expect(first.state).toBe('closed');
    server.expectConnection({ lastEventId: '1' }).open();
    await tabs.settle();
    expect(kinds(two)).toContain('leader');
    // The new leader stays when the other tab is shown again.
    one.tab.show();
    two.tab.hide();
    await tabs.settle();
    for (let seconds = 0; seconds < 20; seconds += 10) {
      clock.advanceTo(clock.now() + 10_000);
      await tabs.settle();
    }
    server.expectNoConnection();
  });

  it('has no lock and requests none after unsubscribing, even right after subscribing [pitfall 60]', async () => {
    const one = join();
    one.subscription.unsubscribe();
    const two = join();
    const three = join();
    await tabs.settle();
    three.subscription.unsubscribe();
    two.subscription.unsubscribe();
    await tabs.settle();
    server.expectConnection('/a');
    expect(await tabs.open().platform.locks.query()).toEqual({ held: [], pending: [] });
  });
});
