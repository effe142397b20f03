import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, takeUntil } from 'rxjs';
import type { EventSourceLifecycle } from '../../src/index.js';
import { endForAll, type TabContext } from '../../src/tabs/index.js';
import { itChecked } from '../support/checked.js';
import { clock, join, kinds, open, server, tabs, useSharedTabs } from './shared-tabs.js';

describe('shareAcrossTabs', () => {
  useSharedTabs();

  it('emits a final error once in every tab; the next subscriber leads again', async () => {
    const [one, two] = [join(), join()];
    await tabs.settle();
    server.expectConnection('/a').refuse(404);
    clock.advanceTo(clock.now());
    await tabs.settle();
    for (const tab of [one, two]) expect(tab.error).toMatchObject({ name: 'ResponseStatusError', status: 404 });
    const again = join();
    await tabs.settle();
    clock.advanceTo(clock.now() + 100);
    await tabs.settle();
    server.expectConnection('/a').open();
    expect(kinds(again)).toEqual(['leader', 'connecting', 'open']);
  });

  it('completes in every tab when the stream does', async () => {
    const isLast = (event: { readonly type: string }) => event.type === 'end';
    const [one, two] = Array.from({ length: 2 }, () => join(tabs.open(), {}, tab => open(tab, { isLast })));
    await tabs.settle();
    server.expectConnection('/a').open().send({ type: 'end', data: 'bye' });
    await tabs.settle();
    for (const tab of [one, two]) {
      expect(kinds(tab as never).slice(-2)).toEqual(['bye', 'closed']);
      expect(tab?.status).toBe('completed');
    }
  });

  it('completes in one tab alone if its source is cut off there, and another tab takes over', async () => {
    const destroyed = new Subject<void>();
    const cutOff = (tab: TabContext) => open(tab).pipe(takeUntil(destroyed));
    const [one, two] = [join(tabs.open(), {}, cutOff), join()];
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    destroyed.next();
    await tabs.settle();
    expect([one.status, first.state]).toEqual(['completed', 'closed']);
    server.expectConnection({ lastEventId: '1' }).open();
    expect(two.status).toBe('live');
  });

  it('completes in every tab after endForAll, as when a user logs out [pitfall 62]', async () => {
    const [one, two] = [join(), join()];
    const other = join(tabs.open(), { key: 'b' });
    await tabs.settle();
    const connection = server.expectConnection('/a').open();
    server.expectConnection('/a').open();
    void endForAll('a', { platform: two.tab.platform });
    await tabs.settle();
    expect(connection.state).toBe('closed');
    for (const tab of [one, two]) {
      expect(tab.values.at(-1)).toEqual({ kind: 'closed', reason: 'stopped' });
      expect(tab.status).toBe('completed');
    }
    expect(kinds(other).at(-1)).toBe('open');
  });

  it('completes when endForAll ends its key or a parent of its key, even from a page that shares nothing', async () => {
    const keys = ['ada', 'ada/presence', 'ada/news/1', 'ada2', 'bob/ada'];
    const all = keys.map(key => join(tabs.open(), { key }));
    await tabs.settle();
    keys.forEach(() => server.expectConnection('/a').open());
    await endForAll('ada', { platform: tabs.open().platform });
    await tabs.settle();
    expect(all.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed', 'live', 'live']);
  });

  it('completes at once in the page that calls endForAll, before endForAll has finished', () => {
    const one = join(tabs.open(), { key: 'ada/presence' });
    void endForAll('ada', { platform: one.tab.platform });
    expect(one.status).toBe('completed');
  });

  it('has nothing to end without locks, or if the page may not use them: endForAll still resolves', async () => {
    const locks = {
      query: () => Promise.reject(new DOMException('denied', 'SecurityError')),
      request: () => NEVER as never,
    };
    const { BroadcastChannel } = tabs.open().platform;
    for (const platform of [{ locks, BroadcastChannel }, {}, undefined]) {
      await expect(endForAll('ada', { platform })).resolves.toBeUndefined();
    }
  });

  itChecked('refuses an empty key in endForAll, at the call', () => {
    expect(() => endForAll('')).toThrow(/the option `key`/);
  });

  it('ends with an error if a step can’t be posted [pitfall 62]', async () => {
    const one = join(tabs.open(), {}, () => new Subject<EventSourceLifecycle>());
    await tabs.settle();
    const steps = new Subject<EventSourceLifecycle>();
    one.subscription.unsubscribe();
    const two = join(tabs.open(), {}, () => steps);
    await tabs.settle();
    steps.next({ kind: 'event', event: { type: 'a', data: (() => 1) as never, lastEventId: '' } });
    await tabs.settle();
    expect(two.error).toMatchObject({ name: 'DataCloneError' });
  });

  it('fails in every tab with the error that the source throws', async () => {
    const fail = () => {
      throw new RangeError('no');
    };
    const [one, two] = [join(tabs.open(), {}, fail), join(tabs.open(), {}, fail)];
    await tabs.settle();
    expect(one.error).toBeInstanceOf(RangeError);
    expect(two.error).toMatchObject({ name: 'RangeError', message: 'no' });
  });
});
