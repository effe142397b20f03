import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import { endForAll, shareAcrossTabs } from '../../src/tabs/index.js';
import { observe } from '../support/observe.js';
import { datas, join, kinds, server, tabs, useSharedTabs } from './shared-tabs.js';

describe('shareAcrossTabs', () => {
  useSharedTabs();

  it('without locks, opens one connection per tab, and emits the role `solo` [pitfall 62]', () => {
    const solo = Array.from({ length: 2 }, () => join(tabs.open(), { platform: {} }));
    const [first] = Array.from({ length: 2 }, () => server.expectConnection('/a').open().send({ id: 1, data: 'x' }));
    for (const tab of solo) expect(kinds(tab)).toEqual(['solo', 'connecting', 'open', 'x']);
    void endForAll('a', { platform: {} });
    expect(first?.state).toBe('closed');
    expect(solo.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('shares nothing on a server', () => {
    const { navigator } = globalThis;
    const shared = shareAcrossTabs(() => NEVER, { key: 'a' });
    const locks = {
      request: () => Promise.reject(new Error('asked')),
      query: () => Promise.reject(new Error('asked')),
    };
    Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
    try {
      expect(kinds(observe(shared))).toEqual(['solo']);
    } finally {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    }
  });

  it('becomes `solo` if the page may not use locks', async () => {
    const denied = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    const { BroadcastChannel } = tabs.open().platform;
    for (const locks of [
      { query: denied, request: denied },
      { query: () => Promise.resolve({}), request: denied },
    ]) {
      const tab = join(tabs.open(), { platform: { locks, BroadcastChannel } });
      await tabs.settle();
      server.expectConnection('/a').open();
      expect(kinds(tab)).toEqual(['solo', 'connecting', 'open']);
    }
  });

  it('a leader whose lock another script steals leaves the group: it becomes `solo` with one connection [pitfall 60]', async () => {
    const tab = tabs.open();
    const { locks } = tab.platform;
    let steal = (): void => undefined;
    const stolen = new Promise<never>((_, reject) => {
      steal = () => reject(new DOMException('stolen', 'AbortError'));
    });
    stolen.catch(() => undefined);
    const request: typeof locks.request = (...asked) => Promise.race([locks.request(...asked), stolen]);
    const { BroadcastChannel, page } = tab.platform;
    const one = join(tab, { platform: { locks: { ...locks, request }, BroadcastChannel, page } });
    await tabs.settle();
    const two = join();
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    steal();
    await tabs.settle();
    expect(first.state).toBe('closed');
    const connections = [
      server.expectConnection({ lastEventId: '1' }).open(),
      server.expectConnection({ lastEventId: '1' }).open(),
    ];
    for (const connection of connections) connection.send({ id: 2, data: 'y' });
    await tabs.settle();
    expect([one, two].map(({ values }) => values.filter(({ kind }) => kind === 'role').at(-1))).toEqual([
      { kind: 'role', role: 'solo' },
      { kind: 'role', role: 'leader' },
    ]);
    expect([datas(one), datas(two)]).toEqual([
      ['x', 'y'],
      ['x', 'y'],
    ]);
  });
});
