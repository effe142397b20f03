import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, concat, NEVER, type Observable, of, Subject, take, takeUntil } from 'rxjs';
import {
  batchPerFrame,
  connectionState,
  decode,
  EventSourceError,
  type EventSourceLifecycle,
  events,
  fromEventSourceLifecycle,
  json,
  ofEventType,
  routeTo,
  shareLifecycle,
  toActions,
  whileTrue,
  withSnapshot,
} from '../../src/index.js';
import {
  endForAll,
  shareAcrossTabs,
  type ShareAcrossTabsOptions,
  type TabContext,
  type TabLifecycle,
} from '../../src/tabs/index.js';
import {
  type FakeEventSource,
  fakeEventSource,
  type FakeTab,
  type FakeTabs,
  fakeTabs,
} from '../../src/testing/index.js';
import { itChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { type Observed, observe } from '../support/observe.js';

describe('shareAcrossTabs', () => {
  let server: FakeEventSource;
  let tabs: FakeTabs;
  let clock: Clock;
  let all: Observed<TabLifecycle>[];
  beforeEach(() => {
    server = fakeEventSource();
    tabs = fakeTabs();
    clock = new Clock();
    all = [];
  });
  afterEach(async () => {
    for (const { subscription } of all) subscription.unsubscribe();
    await tabs.settle();
    server.verify();
    // The lock of an ended stream is released a little later.
    clock.advanceTo(clock.now() + 100);
    await tabs.settle();
    const { held, pending } = await tabs.open().platform.locks.query();
    if (clock.timers + held.length + pending.length > 0) throw new Error('Expected nothing to be left behind');
  });

  const open = ({ lastEventId }: TabContext, options = {}) =>
    fromEventSourceLifecycle('/a', {
      fetch: server.fetch,
      scheduler: clock,
      lastEventId,
      reconnect: { delay: 1000, jitter: 0 },
      ...options,
    });

  /** Opens the stream in a tab. */
  function join(
    tab: FakeTab = tabs.open(),
    options: Partial<ShareAcrossTabsOptions> = {},
    source: (tab: TabContext) => Observable<EventSourceLifecycle> = open,
  ) {
    const shared$ = shareAcrossTabs(source, { key: 'a', scheduler: clock, platform: tab.platform, ...options });
    const observed = observe(shared$);
    all.push(observed);
    return Object.assign(observed, { tab, shared$ });
  }

  const kinds = ({ values }: Observed<TabLifecycle>) =>
    values.map(step => (step.kind === 'event' ? step.event.data : step.kind === 'role' ? step.role : step.kind));
  const datas = ({ values }: Observed<TabLifecycle>) =>
    values.flatMap(step => (step.kind === 'event' ? [step.event.data] : []));

  it('opens one connection for all tabs, and emits to each tab its role, and each event once', async () => {
    const one = join();
    await tabs.settle();
    const connection = server.expectConnection('/a').open();
    connection.send({ id: 1, data: 'x' });
    const two = join();
    await tabs.settle();
    connection.send({ id: 2, data: 'y' }).send({ id: 3, data: 'z' });
    await tabs.settle();
    server.expectNoConnection();
    expect(kinds(one)).toEqual(['leader', 'connecting', 'open', 'x', 'y', 'z']);
    expect(kinds(two)).toEqual(['follower', 'open', 'y', 'z']);
  });

  it.each<[string, (tab: FakeTab, observed: Observed<TabLifecycle>) => void]>([
    ['unsubscribes', (_, { subscription }) => subscription.unsubscribe()],
    ['is left', tab => tab.leave()],
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

  it('resumes after the last event when you subscribe again, in a single tab or with others', async () => {
    const one = join();
    await tabs.settle();
    server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    one.subscription.unsubscribe();
    const again = observe(one.shared$);
    all.push(again);
    await tabs.settle();
    const second = server.expectConnection({ lastEventId: '1' }).open();
    const two = join();
    await tabs.settle();
    two.subscription.unsubscribe();
    second.send({ id: 2, data: 'y' });
    const back = observe(two.shared$);
    all.push(back);
    await tabs.settle();
    expect(datas(again)).toEqual(['y']);
    expect(datas(back)).toEqual(['y']);
  });

  it('sends a tab with a position the later events, from the tab that has them; an unknown position is a gap', async () => {
    join();
    await tabs.settle();
    const connection = server.expectConnection('/a').open();
    for (const id of [1, 2, 3]) connection.send({ id, data: `${id}` });
    const [known, unknown] = [join(tabs.open(), { lastEventId: '1' }), join(tabs.open(), { lastEventId: 'old' })];
    await tabs.settle();
    expect(kinds(known)).toEqual(['follower', 'open', '2', '3']);
    expect(kinds(unknown)).toEqual(['follower', 'open', 'gap', '1', '2', '3']);
  });

  it('replays the last events to a tab that joins later, up to `replay`, also after another tab has taken over', async () => {
    const options = { replay: 2 };
    const one = join(tabs.open(), options);
    await tabs.settle();
    const none = join(tabs.open(), options);
    await tabs.settle();
    const connection = server.expectConnection('/a').open().send({ id: 1, data: 'a' });
    await tabs.settle();
    const one2 = join(tabs.open(), options);
    await tabs.settle();
    connection.send({ id: 2, data: 'b' }).send({ id: 3, data: 'c' });
    await tabs.settle();
    const late = join(tabs.open(), options);
    const placed = join(tabs.open(), { ...options, lastEventId: '3' });
    await tabs.settle();
    one.subscription.unsubscribe();
    await tabs.settle();
    server.expectConnection({ lastEventId: '3' }).open();
    const later = join(tabs.open(), options);
    await tabs.settle();
    expect([none, one2, late, placed, later].map(datas)).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['b', 'c'],
      [],
      ['b', 'c'],
    ]);
  });

  it('starts after the option `lastEventId` in the first tab', async () => {
    join(tabs.open(), { lastEventId: '7' });
    await tabs.settle();
    server.expectConnection({ lastEventId: '7' }).open();
  });

  it('emits a gap after a takeover if the source ignores the `lastEventId` that it receives', async () => {
    const [one, two, three] = Array.from({ length: 3 }, () => join(tabs.open(), {}, () => open({ lastEventId: '' })));
    await tabs.settle();
    server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    one?.subscription.unsubscribe();
    await tabs.settle();
    server.expectConnection('/a').open();
    await tabs.settle();
    for (const tab of [two, three]) expect(kinds(tab as never)).toContain('gap');
  });

  it('emits a gap in every tab when the server has lost its history', async () => {
    const [one, two] = [join(), join()];
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    await tabs.settle();
    first.break();
    clock.advanceTo(clock.now());
    await tabs.settle();
    clock.advanceTo(clock.now() + 1000);
    await tabs.settle();
    server
      .expectConnection({ lastEventId: '1' })
      .open({ headers: { 'last-event-id': '5' } })
      .send({ id: 6, data: 'y' });
    await tabs.settle();
    for (const tab of [one, two]) expect(kinds(tab).slice(-4)).toEqual(['connecting', 'open', 'gap', 'y']);
  });

  it('sends the connection state to other tabs: waits with the remaining delay, and errors as plain data', async () => {
    const [, two] = [join(), join()];
    await tabs.settle();
    server.expectConnection('/a').refuse(503);
    clock.advanceTo(clock.now());
    await tabs.settle();
    const states = observe(
      shareAcrossTabs(open, { key: 'a', scheduler: clock, platform: tabs.open().platform }).pipe(
        connectionState({ scheduler: clock }),
      ),
    );
    clock.advanceTo(clock.now() + 400);
    const late = join();
    await tabs.settle();
    const [waiting] = two.values.flatMap(step => (step.kind === 'waiting' ? [step] : []));
    expect(waiting).toMatchObject({ delay: 1000, attempt: 1 });
    expect(waiting?.error).toBeInstanceOf(EventSourceError);
    expect(waiting?.error).toMatchObject({ name: 'ResponseStatusError', status: 503, retryable: true });
    expect(late.values.at(-1)).toMatchObject({ kind: 'waiting', delay: 600 });
    expect(states.values.at(-1)).toMatchObject({
      status: 'waiting',
      error: { name: 'ResponseStatusError', status: 503 },
    });
    states.subscription.unsubscribe();
    clock.advanceTo(clock.now() + 600);
    const { state } = server.expectConnection('/a').open();
    expect(state).toBe('open');
  });

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

  describe('the option `deliver`', () => {
    it('is called once per message, and receives whether the message contains only comments', async () => {
      const calls: unknown[] = [];
      const join2 = (options = {}) =>
        join(tabs.open(), { deliver: (flush, heartbeat) => void calls.push([flush(), heartbeat]), ...options });
      const one = join();
      await tabs.settle();
      const two = join2();
      await tabs.settle();
      const connection = server.expectConnection('/a').open();
      await tabs.settle();
      calls.length = 0;
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n: c\n\n');
      await tabs.settle();
      connection.comment('d');
      await tabs.settle();
      expect(calls).toEqual([
        [0, false],
        [0, true],
      ]);
      expect(kinds(two).slice(-4)).toEqual(['a', 'b', 'comment', 'comment']);
      expect(one.values.filter(({ kind }) => kind === 'role')).toHaveLength(1);
    });

    it('delivers steps that it doesn’t flush right after the call, in order, and a final error after them', async () => {
      const calls: number[] = [];
      join();
      await tabs.settle();
      const two = join(tabs.open(), { deliver: flush => void calls.push(flush(1)) });
      await tabs.settle();
      const connection = server.expectConnection('/a').open();
      await tabs.settle();
      calls.length = 0;
      connection.send({ id: 1, data: 'a' }).send({ id: 2, data: 'b' }).send({ id: 3, data: 'c' });
      await tabs.settle();
      expect(calls).toEqual([2]);
      expect(datas(two)).toEqual(['a', 'b', 'c']);
      const never = join(tabs.open(), { deliver: () => undefined, lastEventId: '1' });
      await tabs.settle();
      expect(datas(never)).toEqual(['b', 'c']);
      connection.send({ id: 4, data: 'd' });
      await tabs.settle();
      connection.end();
      await tabs.settle();
      clock.advanceTo(clock.now() + 1000);
      server.expectConnection('/a').refuse(403);
      await tabs.settle();
      for (const { values, error } of [two, never]) {
        expect(values.at(-1)).toMatchObject({ kind: 'connecting' });
        expect(error).toMatchObject({ status: 403 });
      }
    });

    it('keeps the rest of a message, after the event that unsubscribes, for the next subscription', async () => {
      join();
      await tabs.settle();
      const two = join();
      two.subscription.unsubscribe();
      const first = observe(two.shared$.pipe(events(), take(1)));
      await tabs.settle();
      server
        .expectConnection('/a')
        .open()
        .send({ id: 1, data: 'a' })
        .send({ id: 2, data: 'b' })
        .send({ id: 3, data: 'c' });
      await tabs.settle();
      const second = observe(two.shared$.pipe(events(), take(1)));
      await tabs.settle();
      const third = observe(two.shared$.pipe(events()));
      await tabs.settle();
      const texts = [first, second, third].map(({ values }) => values.map(({ data }) => data));
      expect(texts).toEqual([['a'], ['b'], ['c']]);
      third.subscription.unsubscribe();
    });

    it('delivers steps that arrive during the call after those of the call', async () => {
      const steps = new Subject<EventSourceLifecycle>();
      const text = (data: string): EventSourceLifecycle => ({
        kind: 'event',
        event: { type: 'a', data, lastEventId: data },
      });
      const one = join();
      await tabs.settle();
      const answers: Observable<EventSourceLifecycle>[] = [steps];
      const two = join(tabs.open(), {}, () => {
        // The tab connects while it handles a message, and its source emits at once.
        queueMicrotask(() => steps.next(text('c')));
        return concat(of(text('b')), ...answers);
      });
      await tabs.settle();
      server.expectConnection('/a').open().send({ id: 'a', data: 'a' });
      await tabs.settle();
      one.subscription.unsubscribe();
      await tabs.settle();
      expect(datas(two)).toEqual(['a', 'b', 'c']);
      expect(kinds(two).slice(-3)).toEqual(['leader', 'b', 'c']);
    });

    it('ends only its own tab, with the error that it throws', async () => {
      const one = join();
      await tabs.settle();
      const two = join(tabs.open(), {
        deliver: () => {
          throw new RangeError('no');
        },
      });
      await tabs.settle();
      server.expectConnection('/a').open().send({ id: 1, data: 'a' });
      await tabs.settle();
      expect(two.error).toBeInstanceOf(RangeError);
      expect([one.status, datas(one)]).toEqual(['live', ['a']]);
    });
  });

  it('pauses only when the streams of all tabs are paused', async () => {
    const visible = [new BehaviorSubject(true), new BehaviorSubject(true)];
    const [one, two] = visible.map(connectWhile => join(tabs.open(), {}, tab => open(tab, { connectWhile })));
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    visible[0]?.next(false);
    await tabs.settle();
    expect(first.state).toBe('closed');
    const second = server.expectConnection({ lastEventId: '1' }).open();
    await tabs.settle();
    visible[1]?.next(false);
    await tabs.settle();
    expect(second.state).toBe('closed');
    server.expectNoConnection();
    for (const tab of [one, two]) expect(kinds(tab as never).at(-1)).toBe('paused');
    visible[0]?.next(true);
    await tabs.settle();
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'y' });
    await tabs.settle();
    for (const tab of [one, two]) expect(datas(tab as never)).toEqual(['x', 'y']);
  });

  it('is renewed by the leader, and resumes after the last event', async () => {
    const renew = new Subject<void>();
    const [, two] = Array.from({ length: 2 }, () => join(tabs.open(), {}, tab => open(tab, { renew })));
    await tabs.settle();
    const first = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    renew.next();
    expect(first.state).toBe('closed');
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'y' });
    await tabs.settle();
    expect(datas(two as never)).toEqual(['x', 'y']);
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

  it('works with withSnapshot, even in a tab that joins late', async () => {
    join();
    await tabs.settle();
    const connection = server.expectConnection('/a').open().send({ id: 1, data: 'x' });
    const late = observe(
      shareAcrossTabs(open, { key: 'a', scheduler: clock, platform: tabs.open().platform }).pipe(
        withSnapshot({ load: () => Promise.resolve(['x']), isIn: ({ lastEventId }) => lastEventId === '1' }),
      ),
    );
    await tabs.settle();
    connection.send({ id: 2, data: 'y' });
    await tabs.settle();
    expect(late.values.map(({ kind }) => kind)).toEqual(['role', 'open', 'snapshot', 'event']);
    late.subscription.unsubscribe();
  });

  it('without locks, opens one connection per tab, and emits the role `solo` [pitfall 62]', () => {
    const solo = Array.from({ length: 2 }, () => join(tabs.open(), { platform: {} }));
    const [first] = Array.from({ length: 2 }, () => server.expectConnection('/a').open().send({ id: 1, data: 'x' }));
    for (const tab of solo) expect(kinds(tab)).toEqual(['solo', 'connecting', 'open', 'x']);
    void endForAll('a', { platform: {} });
    expect(first?.state).toBe('closed');
    expect(solo.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('keeps groups separate whose keys start alike', async () => {
    const keys = ['a/b', 'a', 'a/1', 'a/1/2'];
    const all = keys.map(key => join(tabs.open(), { key }));
    await tabs.settle();
    for (const tab of [...all, ...keys.map(key => join(tabs.open(), { key }))]) {
      await tabs.settle();
      expect(tab.values[0]).toEqual({ kind: 'role', role: all.includes(tab) ? 'leader' : 'follower' });
    }
    keys.forEach(() => server.expectConnection('/a').open());
    server.expectNoConnection();
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

  itChecked.each<[unknown, unknown, RegExp]>([
    [undefined, { key: 'a' }, /a function for the option `source`/],
    [open, undefined, /an object for the option `options`/],
    [open, {}, /a string that names the stream and the user for the option `key`/],
    [open, { key: 'a', bufferSize: 0 }, /`bufferSize`/],
    [open, { key: 'a', lastEventId: 7 }, /`lastEventId`/],
    [open, { key: 'a', replay: -1 }, /`replay`/],
    [open, { key: 'a', deliver: 7 }, /`deliver`/],
    [open, { key: 'a', platform: 7 }, /`platform`/],
  ])('refuses %p and %p', (source, options, message) => {
    expect(() => shareAcrossTabs(source as never, options as never)).toThrow(message);
  });

  it('is a lifecycle like any other: operators work after it, and in its source', async () => {
    const calls: unknown[] = [];
    const share = (key: string, source = open) =>
      shareAcrossTabs(source, { key, scheduler: clock, platform: tabs.open().platform });
    const seen = [
      share('1').pipe(events()),
      share('2').pipe(decode({ price: json<number>() }), ofEventType('price')),
      share('3').pipe(shareLifecycle(), connectionState({ scheduler: clock })),
      share('4').pipe(
        ofEventType('price'),
        routeTo({ events: { price: (data: string) => calls.push(data) }, state: () => undefined }),
      ),
      share('5').pipe(
        ofEventType('price'),
        toActions({ events: { price: (data: string) => ({ type: 'price', data }) } }),
      ),
      share('6', tab => open(tab).pipe(whileTrue(of(true)))).pipe(batchPerFrame(of(0))),
    ].map(each => observe<unknown>(each));
    await tabs.settle();
    seen.forEach(() => server.expectConnection('/a').open().send({ type: 'price', data: '7', id: 1 }));
    const event = { type: 'price', data: '7', lastEventId: '1' };
    expect(seen[0]?.values).toEqual([event]);
    expect(seen[1]?.values).toEqual([
      ...['leader', 'connecting', 'open'].map(() => expect.anything() as unknown),
      { kind: 'event', event: { ...event, data: 7 } },
    ]);
    expect(seen[2]?.values.map(state => (state as { status: string }).status)).toEqual(['idle', 'connecting', 'open']);
    expect(calls).toEqual(['7']);
    expect(seen[4]?.values.at(-1)).toEqual({ type: 'price', data: '7' });
    for (const { subscription, error } of seen) {
      expect(error).toBeUndefined();
      subscription.unsubscribe();
    }
  });
});
