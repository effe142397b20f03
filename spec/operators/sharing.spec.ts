import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defer, type Observable, ReplaySubject, retry, scan, share, timer } from 'rxjs';
import {
  connectionState,
  events,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  type ServerSentEvent,
  shareLifecycle,
} from '../../src/index.js';
import { Clock } from '../support/clock.js';
import { observe, ofKind, unobserve } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

/** How long a connection stays open without subscribers, in milliseconds. */
const LINGER = 5000;

describe('one connection for many subscribers', () => {
  let server: SseServer;
  /** The clock of the linger. It stands still until a test advances it. */
  let clock: Clock;
  beforeEach(async () => {
    server = await SseServer.start();
    clock = new Clock();
  });
  afterEach(async () => {
    // A lingering connection would reconnect forever.
    unobserve();
    clock.runOut();
    await server.close();
  });

  const open = async (index: number) => (await server.exchange(index)).open();
  const linger = () => timer(LINGER, clock);
  const data = (events: readonly { data: string }[]) => events.map(event => event.data);

  describe('events, with `share`', () => {
    const shared = () => fromEventSource(server.url).pipe(share({ resetOnRefCountZero: linger }));

    it('connects once for any number of subscribers, and all of them receive all later events', async () => {
      const chat$ = shared();
      const many = Array.from({ length: 20 }, () => observe(chat$));
      const exchange = await open(0);
      exchange.send('data: a\n\ndata: b\n\n');
      for (const one of many) expect(data(await one.first(2))).toEqual(['a', 'b']);
      expect(server.exchanges).toHaveLength(1);
      // The connection stays open while one subscriber is left.
      for (const { subscription } of many.slice(1)) subscription.unsubscribe();
      expect(clock.timers).toBe(0);
      exchange.send('data: c\n\n');
      expect(data((await many[0]?.first(3)) ?? [])).toEqual(['a', 'b', 'c']);
    });

    it('replays nothing to a later subscriber', async () => {
      const chat$ = shared();
      const early = observe(chat$);
      const exchange = await open(0);
      exchange.send('data: a\n\n');
      await early.first(1);
      const late = observe(chat$);
      exchange.send('data: b\n\n');
      expect(data(await late.first(1))).toEqual(['b']);
      expect(data(await early.first(2))).toEqual(['a', 'b']);
      expect(server.exchanges).toHaveLength(1);
    });

    it('keeps the connection during the linger', async () => {
      const chat$ = shared();
      const first = observe(chat$);
      const exchange = await open(0);
      exchange.send('id: 1\ndata: a\n\n');
      await first.first(1);
      first.subscription.unsubscribe();
      clock.advanceTo(LINGER - 1);

      const second = observe(chat$);
      // The linger is cancelled, not postponed: nothing happens when it would have ended.
      expect(clock.timers).toBe(0);
      clock.advanceTo(2 * LINGER);
      exchange.send('id: 2\ndata: b\n\n');
      expect(data(await second.first(1))).toEqual(['b']);
      expect(server.exchanges).toHaveLength(1);
      expect(server.liveExchanges).toBe(1);
    });

    it('closes the connection after the linger, and resumes with the next subscriber', async () => {
      const chat$ = shared();
      const first = observe(chat$);
      const exchange = await open(0);
      exchange.send('id: 1\ndata: a\n\n');
      await first.first(1);
      first.subscription.unsubscribe();
      expect(server.liveExchanges).toBe(1);
      clock.advanceTo(LINGER);
      await exchange.gone();
      await server.idle();

      const second = observe(chat$);
      const resumed = await open(1);
      expect(resumed.lastEventId).toBe('1');
      resumed.send('id: 2\ndata: b\n\n');
      expect(data(await second.first(1))).toEqual(['b']);
    });

    it('counts events within the linger as delivered: nobody receives them, and they are not requested again', async () => {
      const lifecycle$ = fromEventSourceLifecycle(server.url).pipe(share({ resetOnRefCountZero: linger }));
      const first = observe(lifecycle$);
      const exchange = await open(0);
      exchange.send('id: 1\ndata: a\n\n');
      await first.find(ofKind('event'));
      first.subscription.unsubscribe();
      exchange.send('id: 2\ndata: b\n\n');
      // A short-lived subscriber receives the comment. So the event before it has arrived, too, without a sleep.
      const witness = observe(lifecycle$);
      exchange.send(': c\n\n');
      await witness.find(ofKind('comment'));
      witness.subscription.unsubscribe();
      clock.advanceTo(LINGER);
      await exchange.gone();
      observe(lifecycle$);
      expect((await server.exchange(1)).lastEventId).toBe('2');
    });

    it('errors for each subscriber, and starts again with the next', async () => {
      const chat$ = shared();
      const both = [observe(chat$), observe(chat$)];
      (await server.exchange(0)).refuse(404);
      for (const one of both) expect(await one.failed()).toMatchObject({ status: 404 });

      const next = observe(chat$);
      (await open(1)).send('data: a\n\n');
      expect(data(await next.first(1))).toEqual(['a']);
      expect(server.exchanges).toHaveLength(2);
    });

    it('completes for each subscriber, and starts again with the next', async () => {
      const chat$ = shared();
      const both = [observe(chat$), observe(chat$)];
      (await server.exchange(0)).refuse(204);
      for (const one of both) expect(await one.completed()).toEqual([]);

      const next = observe(chat$);
      (await open(1)).send('data: a\n\n');
      expect(data(await next.first(1))).toEqual(['a']);
      expect(server.exchanges).toHaveLength(2);
    });

    it('opens one connection for all subscribers that retry after an error', async () => {
      const chat$ = shared();
      const many = Array.from({ length: 5 }, () => observe(chat$.pipe(retry(1))));
      (await server.exchange(0)).refuse(404);
      (await open(1)).send('data: a\n\n');
      for (const one of many) expect(data(await one.first(1))).toEqual(['a']);
      expect(server.exchanges).toHaveLength(2);
    });

    it('reconnects once for all subscribers', async () => {
      const chat$ = fromEventSource(server.url, { reconnect: { delay: 0 } }).pipe(
        share({ resetOnRefCountZero: linger }),
      );
      const both = [observe(chat$), observe(chat$)];
      (await open(0)).send('id: 1\ndata: a\n\n');
      await both[0]?.first(1);
      (await server.exchange(0)).cut();
      const again = await open(1);
      expect(again.lastEventId).toBe('1');
      again.send('data: b\n\n');
      for (const one of both) expect(data(await one.first(2))).toEqual(['a', 'b']);
      expect(server.exchanges).toHaveLength(2);
    });
  });

  describe('state accumulated from events, with `scan` and `share`', () => {
    const addUp = (source: Observable<ServerSentEvent>) =>
      source.pipe(
        scan((all, { data }) => [...all, data], [] as string[]),
        share({ connector: () => new ReplaySubject<string[]>(1), resetOnRefCountZero: linger }),
      );

    /** Observes a stream twice, the second time after the linger of the first subscribers. */
    const oneAfterTheOther = async (list$: Observable<string[]>) => {
      const first = observe(list$);
      (await open(0)).send('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
      await first.first(2);
      expect(observe(list$).values).toEqual([['a', 'b']]);
      unobserve();
      clock.advanceTo(LINGER);
      const second = observe(list$);
      const exchange = await open(1);
      exchange.send('id: 3\ndata: c\n\n');
      await second.first(1);
      return { values: second.values, lastEventId: exchange.lastEventId };
    };

    it('replays all of it to a later subscriber, and starts with new events after the linger', async () => {
      const list$ = addUp(fromEventSource(server.url));
      expect(await oneAfterTheOther(list$)).toEqual({ values: [['c']], lastEventId: '2' });
    });

    it('starts without a position after the linger if `defer` creates the stream again', async () => {
      const list$ = addUp(defer(() => fromEventSource(server.url)));
      expect(await oneAfterTheOther(list$)).toEqual({ values: [['c']], lastEventId: undefined });
    });
  });

  describe('events and state, with `shareLifecycle`', () => {
    const SOON = { reconnect: { delay: 0 } };
    /** The same code as in docs/sharing.md. */
    const shared = (options: EventSourceOptions = SOON) => {
      const shared$ = fromEventSourceLifecycle(server.url, options).pipe(
        shareLifecycle({ linger: LINGER, scheduler: clock }),
      );
      return { events$: shared$.pipe(events()), state$: shared$.pipe(connectionState()) };
    };
    const statuses = (states: readonly { status: string }[]) => states.map(({ status }) => status);
    const isOpen = ({ status }: { status: string }) => status === 'open';

    it.each(['events$', 'state$'] as const)(
      'opens one connection for both, even if %s is subscribed to first',
      async first => {
        const all = shared();
        observe<unknown>(all[first]);
        const exchange = await open(0);
        const [events, state] = [observe(all.events$), observe(all.state$)];
        await state.find(isOpen);
        exchange.send('id: 1\ndata: a\n\n');
        expect(data(await events.first(1))).toEqual(['a']);
        exchange.cut();
        await state.find(({ status, lastEventId }) => status === 'waiting' && lastEventId === '1');
        const again = await open(1);
        expect(again.lastEventId).toBe('1');
        again.send('id: 2\ndata: b\n\n');
        expect(data(await events.first(2))).toEqual(['a', 'b']);
        expect(state.values.at(-1)).toMatchObject({ status: 'open', attempt: 1, lastEventId: '1' });
        expect(server.exchanges).toHaveLength(2);
      },
    );

    it('emits the current state to a later subscriber at once, but no earlier event', async () => {
      const { state$, events$ } = shared();
      const early = [observe(events$), observe(state$)] as const;
      const exchange = await open(0);
      await early[1].find(isOpen);
      exchange.send('data: a\n\n');
      await early[0].first(1);
      const late = observe(events$);
      expect(statuses(observe(state$).values)).toEqual(['idle', 'open']);
      exchange.send('data: b\n\n');
      expect(data(await late.first(1))).toEqual(['b']);
      expect(server.exchanges).toHaveLength(1);
    });

    it('keeps the connection during the linger, which starts when both have unsubscribed', async () => {
      const { state$, events$ } = shared();
      const [events, state] = [observe(events$), observe(state$)];
      const exchange = await open(0);
      await state.find(isOpen);
      events.subscription.unsubscribe();
      expect(clock.timers).toBe(0);
      state.subscription.unsubscribe();
      clock.advanceTo(LINGER - 1);
      const again = observe(events$);
      expect(clock.timers).toBe(0);
      exchange.send('data: a\n\n');
      await again.first(1);
      expect(statuses(observe(state$).values)).toEqual(['idle', 'open']);
      expect(server.exchanges).toHaveLength(1);
    });

    it('closes the connection after the linger, and resumes with the next subscriber', async () => {
      const { state$, events$ } = shared();
      const events = observe(events$);
      const exchange = await open(0);
      exchange.send('id: 1\ndata: a\n\n');
      await events.first(1);
      events.subscription.unsubscribe();
      clock.advanceTo(LINGER);
      await exchange.gone();
      await server.idle();
      const state = observe(state$);
      expect(statuses(state.values)).toEqual(['idle', 'connecting']);
      expect((await server.exchange(1)).lastEventId).toBe('1');
    });

    it('reports a failure to both, and starts again for subscribers that retry', async () => {
      const { state$, events$ } = shared();
      const events = observe(events$.pipe(retry(1)));
      const state = observe(state$);
      (await server.exchange(0)).refuse(404);
      expect(await state.completed()).toMatchObject([
        { status: 'idle' },
        { status: 'connecting' },
        { status: 'failed', error: { status: 404 } },
      ]);
      (await open(1)).send('data: a\n\n');
      expect(data(await events.first(1))).toEqual(['a']);
      expect(server.exchanges).toHaveLength(2);
    });

    it('resumes for all subscribers that retry, however late each of them does', async () => {
      const { events$ } = shared({ reconnect: false });
      const many = [0, 10, 20].map(delay => observe(events$.pipe(retry({ delay: () => timer(delay, clock) }))));
      const first = (await open(0)).send('id: 7\ndata: a\n\n');
      await many[0]?.first(1);
      first.cut();
      await first.gone();
      await until(() => clock.timers === 3);
      clock.advanceTo(20);
      const second = await open(1);
      expect(second.lastEventId).toBe('7');
      second.send('data: b\n\n');
      for (const one of many) expect(data(await one.first(2))).toEqual(['a', 'b']);
      expect(server.exchanges).toHaveLength(2);
    });
  });

  describe('state that is kept after the end', () => {
    it('replays the failure to a later subscriber, and doesn’t connect', async () => {
      const state$ = fromEventSourceLifecycle(server.url).pipe(
        shareLifecycle(),
        connectionState(),
        share({ connector: () => new ReplaySubject(1), resetOnComplete: false }),
      );
      const first = observe(state$);
      (await server.exchange(0)).refuse(404);
      await first.completed();
      const late = observe(state$);
      expect(await late.completed()).toMatchObject([{ status: 'failed' }]);
      expect(server.exchanges).toHaveLength(1);
    });
  });
});
