/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, though it does not extend it */
import { initTestBed } from '../support/angular.js';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  type EnvironmentProviders,
  inject,
  Injectable,
  PLATFORM_ID,
  signal,
} from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retry } from 'rxjs';
import {
  type EventSourceResource,
  eventSourceResource,
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
  withSharedTabs,
} from '../../src/angular/index.js';
import {
  connectionState,
  type EventSourceLifecycle,
  type RoleLifecycle,
  type ServerSentEvent,
  withSnapshot,
} from '../../src/index.js';
import { endForAll } from '../../src/tabs/index.js';
import {
  type FakeEventSource,
  fakeEventSource,
  type FakeTab,
  type FakeTabs,
  fakeTabs,
} from '../../src/testing/index.js';
import { itChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe, unobserve } from '../support/observe.js';

@Injectable()
class Session {
  readonly user = signal<string | undefined>('ada');
}

/** An application in a tab. */
interface Application {
  readonly tab: FakeTab;
  readonly injector: EnvironmentInjector;
  readonly session: Session;
}

const SHARED = { shareAcrossTabs: true } as const;

describe('withSharedTabs', () => {
  let server: FakeEventSource;
  let tabs: FakeTabs;
  let clock: Clock;
  const opened: EnvironmentInjector[] = [];
  beforeAll(initTestBed);
  beforeEach(() => {
    server = fakeEventSource();
    tabs = fakeTabs();
    clock = new Clock();
  });
  afterEach(async () => {
    unobserve();
    for (const injector of opened.splice(0)) injector.destroy();
    TestBed.resetTestingModule();
    await tabs.settle();
    server.verify();
    // A stream that has ended releases its lock a little later.
    clock.advanceTo(clock.now() + 100);
    await tabs.settle();
    if (clock.timers > 0) throw new Error('Expected no timer to be left behind');
  });

  /** Opens a tab of the browser, with the application. */
  function open(options: SseOptions = {}, ...providers: EnvironmentProviders[]): Application {
    const tab = tabs.open();
    const injector = createEnvironmentInjector(
      [
        Session,
        provideSse(
          withDefaults({ fetch: server.fetch, scheduler: clock, reconnect: { delay: 1000, jitter: 0 }, ...options }),
          withSharedTabs({ key: () => inject(Session).user(), platform: tab.platform }),
        ),
        ...providers,
      ],
      TestBed.inject(EnvironmentInjector),
    );
    opened.push(injector);
    return { tab, injector, session: injector.get(Session) };
  }

  const lifecycle = ({ injector }: Application, options: SseOptions = {}) =>
    observe(injectEventSource({ injector }).lifecycle('/presence', { ...SHARED, ...options }));
  const kinds = ({ values }: { readonly values: readonly (EventSourceLifecycle | RoleLifecycle)[] }) =>
    values.map(step => (step.kind === 'event' ? step.event.data : step.kind === 'role' ? step.role : step.kind));
  const settle = () => tabs.settle();

  it('opens one connection for the tabs of a user, for events and for a lifecycle', async () => {
    const [one, two] = [open(), open()];
    const steps = lifecycle(one);
    await settle();
    const events = observe(injectEventSource({ injector: two.injector })('/presence', SHARED));
    await settle();
    server.expectConnection('/presence').open().send({ id: 1, data: 'a' });
    await settle();
    expect(kinds(steps)).toEqual(['leader', 'connecting', 'open', 'a']);
    expect(events.values).toEqual([{ type: 'message', data: 'a', lastEventId: '1' }]);
  });

  it('lets another tab take over when the injector is destroyed, with its own headers, and resume', async () => {
    const [one, two] = [open({ headers: { tab: 'one' } }), open({ headers: { tab: 'two' } })];
    const [first, second] = [lifecycle(one), lifecycle(two)];
    await settle();
    const connection = server
      .expectConnection({ headers: { tab: 'one' } })
      .open()
      .send({ id: 1, data: 'a' });
    await settle();
    opened.shift()?.destroy();
    expect([first.status, connection.state]).toEqual(['completed', 'closed']);
    await settle();
    server
      .expectConnection({ headers: { tab: 'two' }, lastEventId: '1' })
      .open()
      .send({ id: 2, data: 'b' });
    expect(kinds(second)).toEqual(['follower', 'connecting', 'open', 'a', 'leader', 'connecting', 'open', 'b']);
  });

  it('shares streams with `shareAcrossTabs`, by URL and by user', async () => {
    const [ada, adaAgain, bob, nobody] = [open(), open(), open(), open()];
    bob.session.user.set('bob');
    nobody.session.user.set(undefined);
    const subscribe = ({ injector }: Application, url: string | URL, options: SseOptions = SHARED) =>
      observe(injectEventSource({ injector })(url, options));
    subscribe(ada, '/a');
    subscribe(adaAgain, '/a');
    subscribe(ada, new URL('/a', document.baseURI));
    subscribe(bob, '/a');
    subscribe(nobody, '/a');
    subscribe(ada, '/a', {});
    subscribe(ada, '/b');
    await settle();
    for (const url of [/a$/, /a$/, /a$/, /a$/, /b$/]) server.expectConnection({ url }).open();
    server.expectNoConnection();
  });

  it('shares all streams of an application if that is the default, except those that opt out', async () => {
    const [one, two] = [open(SHARED), open(SHARED)];
    for (const { injector } of [one, two]) {
      const eventSource = injectEventSource({ injector });
      observe(eventSource('/presence'));
      observe(eventSource('/answers', { shareAcrossTabs: false, method: 'POST', body: 'x' }));
    }
    await settle();
    const urls = [0, 1, 2].map(() => server.expectConnection().open().url);
    expect(urls.sort()).toEqual(['/answers', '/answers', '/presence']);
    server.expectNoConnection();
  });

  it('reads the user on each subscription, so that users don’t share a position', async () => {
    const { injector, session } = open();
    const stream$ = injectEventSource({ injector })('/presence', SHARED);
    const first = observe(stream$);
    await settle();
    server.expectConnection({ lastEventId: '' }).open().send({ id: 1, data: 'a' });
    first.subscription.unsubscribe();
    const again = observe(stream$);
    await settle();
    server.expectConnection({ lastEventId: '1' }).open();
    again.subscription.unsubscribe();
    session.user.set('bob');
    const bob = observe(stream$);
    await settle();
    server.expectConnection({ lastEventId: '' }).open();
    bob.subscription.unsubscribe();
  });

  it('ends all streams of a user with endForAll', async () => {
    const [one, two] = [open(), open()];
    const [presence, news] = [lifecycle(one), observe(injectEventSource({ injector: two.injector })('/news', SHARED))];
    await settle();
    const connections = [server.expectConnection().open(), server.expectConnection().open()];
    await endForAll('ada', { platform: one.tab.platform });
    await settle();
    expect([presence.status, news.status]).toEqual(['completed', 'completed']);
    expect(connections.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });

  it('uses the store of the leader: reads it at the start, and updates it after each takeover', async () => {
    const ids = new Map([['one', '5']]);
    const storeOf = (name: string) => ({ get: () => ids.get(name), set: (id: string) => void ids.set(name, id) });
    const [one, two] = [open({ lastEventId: storeOf('one') }), open({ lastEventId: storeOf('two') })];
    const [first, second] = [lifecycle(one), lifecycle(two)];
    await settle();
    server.expectConnection({ lastEventId: '5' }).open().send({ id: 6, data: 'a' });
    await settle();
    expect([...ids]).toEqual([['one', '6']]);
    first.subscription.unsubscribe();
    await settle();
    server.expectConnection({ lastEventId: '6' }).open().send({ id: 7, data: 'b' });
    await settle();
    expect([...ids]).toEqual([
      ['one', '6'],
      ['two', '7'],
    ]);
    expect(second.values.filter(({ kind }) => kind === 'gap')).toEqual([]);
  });

  it('starts after the option `lastEventId`, with the events that another tab has received since', async () => {
    const [one, two] = [open(), open()];
    lifecycle(one, { lastEventId: '3' });
    await settle();
    server.expectConnection({ lastEventId: '3' }).open().send({ id: 4, data: 'a' }).send({ id: 5, data: 'b' });
    const late = lifecycle(two, { lastEventId: '4' });
    await settle();
    expect(kinds(late)).toEqual(['follower', 'open', 'b']);
  });

  it('ends in all tabs on a final error, and continues with `retry`', async () => {
    const [one, two] = [open(), open()];
    const [first, second] = [one, two].map(({ injector }) =>
      observe(injectEventSource({ injector })('/presence', SHARED).pipe(retry(1))),
    );
    await settle();
    server.expectConnection().refuse(403);
    await settle();
    // The next leader first asks whether another tab knows the position.
    for (const time of [100, 500]) {
      clock.advanceTo(clock.now() + time);
      await settle();
    }
    server.expectConnection().open().send({ id: 1, data: 'a' });
    await settle();
    server.expectNoConnection();
    for (const stream of [first, second]) expect(stream?.values).toHaveLength(1);
  });

  describe('with an eventSourceResource', () => {
    type Resource = EventSourceResource<readonly string[]>;
    const resourceOf = (
      application: Application,
      options: object = {},
      shareAcrossTabs: SseOptions['shareAcrossTabs'] = true,
    ): Resource =>
      eventSourceResource(() => ({ url: '/presence', shareAcrossTabs }), {
        initial: [] as readonly string[],
        reduce: (texts, { data }) => [...texts, data],
        injector: application.injector,
        ...options,
      });
    const tick = async () => {
      TestBed.tick();
      await settle();
    };

    it('has the value and the connection state in each tab', async () => {
      const resources = [resourceOf(open()), resourceOf(open())];
      await tick();
      const connection = server.expectConnection().open();
      await settle();
      expect(resources.map(({ status }) => status())).toEqual(['resolved', 'resolved']);
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
      await settle();
      connection.break();
      await settle();
      clock.advanceTo(clock.now());
      await settle();
      for (const { value, connection, lastEventId } of resources) {
        expect(value()).toEqual(['a', 'b']);
        expect(connection().status).toBe('waiting');
        expect(lastEventId()).toBe('2');
      }
    });

    it('rejoins at its position on `reload`, in a follower and in the leader, and keeps the value', async () => {
      const [one, two] = [resourceOf(open()), resourceOf(open())];
      await tick();
      server.expectConnection().open().send({ id: 1, data: 'a' });
      await settle();
      two.reload();
      await tick();
      expect([two.status(), two.value()]).toEqual(['resolved', ['a']]);
      one.reload();
      await tick();
      server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' });
      await settle();
      for (const { status, value } of [one, two]) expect([status(), value()]).toEqual(['resolved', ['a', 'b']]);
    });

    it('calls `reset` if a tab misses events for good', async () => {
      const two = open();
      const [, resource] = [
        resourceOf(open(), {}, { bufferSize: 1 }),
        resourceOf(two, { reset: (texts: readonly string[]) => [...texts, '(some are missing)'] }),
      ];
      await tick();
      const connection = server.expectConnection().open().send({ id: 1, data: 'a' });
      await settle();
      two.tab.freeze();
      for (const id of [2, 3, 4]) connection.send({ id, data: `text ${id}` });
      await settle();
      two.tab.resume();
      await settle();
      // Another tab might still have the events.
      for (let seconds = 0; seconds < 12; seconds++) {
        clock.advanceTo(clock.now() + 1000);
        await settle();
      }
      expect(resource.value()).toEqual(['a', '(some are missing)', 'text 4']);
    });

    it('starts a later tab with the last event, if each event is the whole state', async () => {
      const stateOf = (application: Application) =>
        resourceOf(
          application,
          { reduce: (_texts: readonly string[], { data }: ServerSentEvent) => [data] },
          { replay: 1 },
        );
      stateOf(open());
      await tick();
      const connection = server.expectConnection().open().send('ada').send('ada, bob');
      await settle();
      const late = stateOf(open());
      await tick();
      expect([late.status(), late.value()]).toEqual(['resolved', ['ada, bob']]);
      connection.send('bob');
      await settle();
      expect(late.value()).toEqual(['bob']);
    });

    it('loads a snapshot in a tab that joins later', async () => {
      const snapshot = withSnapshot({
        load: () => Promise.resolve(['a'] as readonly string[]),
        isIn: ({ lastEventId }) => lastEventId === '1',
      });
      const [one, two] = [open(), open()];
      resourceOf(one);
      await tick();
      const connection = server.expectConnection().open().send({ id: 1, data: 'a' });
      await settle();
      const late = resourceOf(two, { snapshot });
      await tick();
      connection.send({ id: 2, data: 'b' });
      await settle();
      expect([late.status(), late.value()]).toEqual(['resolved', ['a', 'b']]);
    });
  });

  it('pauses only if all tabs are paused', async () => {
    const openTab = () => {
      const { injector } = open();
      const isShown = signal(true);
      const options = { ...SHARED, connectWhile: toObservable(isShown, { injector }) };
      const state$ = injectEventSource({ injector }).lifecycle('/presence', options).pipe(connectionState());
      return { isShown, state: observe(state$) };
    };
    const [one, two] = [openTab(), openTab()];
    const statuses = () => [one, two].map(({ state }) => state.values.at(-1)?.status);
    const tick = async () => {
      TestBed.tick();
      await settle();
    };
    await tick();
    server.expectConnection().open();
    await settle();
    one.isShown.set(false);
    await tick();
    server.expectConnection().open();
    await settle();
    expect(statuses()).toEqual(['open', 'open']);
    two.isShown.set(false);
    await tick();
    expect(statuses()).toEqual(['paused', 'paused']);
  });

  it('shares nothing in a server-rendered page', async () => {
    const injector = createEnvironmentInjector(
      [
        { provide: PLATFORM_ID, useValue: 'server' },
        provideSse(withDefaults({ fetch: server.fetch }), withSharedTabs({ key: () => 'ada', platform: {} })),
      ],
      TestBed.inject(EnvironmentInjector),
    );
    const eventSource = injectEventSource({ injector });
    expect(observe(eventSource('/presence', SHARED)).status).toBe('live');
    await settle();
    server.expectNoConnection();
    const connected = observe(eventSource.lifecycle('/presence', { ...SHARED, ssr: 'connect' }));
    server.expectConnection('/presence');
    expect(kinds(connected)).toEqual(['connecting']);
    injector.destroy();
  });

  itChecked.each<[SseOptions, RegExp]>([
    [{ ...SHARED, body: 'x', method: 'POST' }, /The option `shareAcrossTabs` allows no `body`/],
    [{ shareAcrossTabs: 'yes' as never }, /true, false or options for the option `shareAcrossTabs`/],
    [{ shareAcrossTabs: { bufferSize: 0 } }, /`bufferSize`/],
    [{ shareAcrossTabs: { replay: -1 } }, /`replay`/],
    [{ ...SHARED, idleTimeout: '5s' as never }, /`idleTimeout`/],
  ])('rejects the options %p', (options, message) => {
    expect(() => lifecycle(open(), options)).toThrow(message);
  });

  itChecked.each<[object | undefined, RegExp]>([
    [undefined, /an object/],
    [{}, /a function for the option `key`/],
    [{ key: () => '', platform: 7 }, /`platform`/],
  ])('rejects %p', (options, message) => {
    expect(() => withSharedTabs(options as never)).toThrow(message);
  });

  itChecked('throws an error that names withSharedTabs if it is missing', () => {
    const injector = createEnvironmentInjector([provideSse()], TestBed.inject(EnvironmentInjector));
    expect(() => injectEventSource({ injector })('/presence', SHARED)).toThrow(/withSharedTabs/);
  });
});
