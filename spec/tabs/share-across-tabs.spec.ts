import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, of, Subject } from 'rxjs';
import {
  batchPerFrame,
  connectionState,
  decode,
  EventSourceError,
  events,
  json,
  ofEventType,
  routeTo,
  shareLifecycle,
  toActions,
  whileTrue,
  withSnapshot,
} from '../../src/index.js';
import { shareAcrossTabs } from '../../src/tabs/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { all, clock, datas, join, kinds, open, server, tabs, useSharedTabs } from './shared-tabs.js';

describe('shareAcrossTabs', () => {
  useSharedTabs();

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
