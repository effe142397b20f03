/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import { type ApplicationInTab, useTabsBed } from '../support/tabs-bed.js';
import { createEnvironmentInjector, EnvironmentInjector, PLATFORM_ID, signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { retry } from 'rxjs';
import {
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
  withSharedTabs,
} from '../../src/angular/index.js';
import { connectionState, type EventSourceLifecycle, type RoleLifecycle } from '../../src/index.js';
import { endForAll } from '../../src/tabs/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';

const SHARED = { shareAcrossTabs: true } as const;

const bed = useTabsBed();

describe('withSharedTabs', () => {
  const lifecycle = ({ injector }: ApplicationInTab, options: SseOptions = {}) =>
    observe(injectEventSource({ injector }).lifecycle('/presence', { ...SHARED, ...options }));
  const kinds = ({ values }: { readonly values: readonly (EventSourceLifecycle | RoleLifecycle)[] }) =>
    values.map(step => (step.kind === 'event' ? step.event.data : step.kind === 'role' ? step.role : step.kind));

  it('opens one connection for the tabs of a user, for events and for a lifecycle', async () => {
    const [one, two] = [bed.open(), bed.open()];
    const steps = lifecycle(one);
    await bed.settle();
    const events = observe(injectEventSource({ injector: two.injector })('/presence', SHARED));
    await bed.settle();
    bed.server.expectConnection('/presence').open().send({ id: 1, data: 'a' });
    await bed.settle();
    expect(kinds(steps)).toEqual(['leader', 'connecting', 'open', 'a']);
    expect(events.values).toEqual([{ type: 'message', data: 'a', lastEventId: '1' }]);
  });

  it('lets another tab take over when the injector is destroyed, with its own headers, and resume', async () => {
    const [one, two] = [bed.open({ headers: { tab: 'one' } }), bed.open({ headers: { tab: 'two' } })];
    const [first, second] = [lifecycle(one), lifecycle(two)];
    await bed.settle();
    const connection = bed.server
      .expectConnection({ headers: { tab: 'one' } })
      .open()
      .send({ id: 1, data: 'a' });
    await bed.settle();
    bed.opened.shift()?.destroy();
    expect([first.status, connection.state]).toEqual(['completed', 'closed']);
    await bed.settle();
    bed.server
      .expectConnection({ headers: { tab: 'two' }, lastEventId: '1' })
      .open()
      .send({ id: 2, data: 'b' });
    expect(kinds(second)).toEqual(['follower', 'connecting', 'open', 'a', 'leader', 'connecting', 'open', 'b']);
  });

  it('shares streams with `shareAcrossTabs`, by URL and by user', async () => {
    const [ada, adaAgain, bob, nobody] = [bed.open(), bed.open(), bed.open(), bed.open()];
    bob.session.user.set('bob');
    nobody.session.user.set(undefined);
    const subscribe = ({ injector }: ApplicationInTab, url: string | URL, options: SseOptions = SHARED) =>
      observe(injectEventSource({ injector })(url, options));
    subscribe(ada, '/a');
    subscribe(adaAgain, '/a');
    subscribe(ada, new URL('/a', document.baseURI));
    subscribe(bob, '/a');
    subscribe(nobody, '/a');
    subscribe(ada, '/a', {});
    subscribe(ada, '/b');
    await bed.settle();
    for (const url of [/a$/, /a$/, /a$/, /a$/, /b$/]) bed.server.expectConnection({ url }).open();
    bed.server.expectNoConnection();
  });

  it('shares all streams of an application if that is the default, except those that opt out', async () => {
    const [one, two] = [bed.open(SHARED), bed.open(SHARED)];
    for (const { injector } of [one, two]) {
      const eventSource = injectEventSource({ injector });
      observe(eventSource('/presence'));
      observe(eventSource('/answers', { shareAcrossTabs: false, method: 'POST', body: 'x' }));
    }
    await bed.settle();
    const urls = [0, 1, 2].map(() => bed.server.expectConnection().open().url);
    expect(urls.sort()).toEqual(['/answers', '/answers', '/presence']);
    bed.server.expectNoConnection();
  });

  it('reads the user on each subscription, so that users don’t share a position', async () => {
    const { injector, session } = bed.open();
    const stream$ = injectEventSource({ injector })('/presence', SHARED);
    const first = observe(stream$);
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '' }).open().send({ id: 1, data: 'a' });
    first.subscription.unsubscribe();
    const again = observe(stream$);
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '1' }).open();
    again.subscription.unsubscribe();
    session.user.set('bob');
    const bob = observe(stream$);
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '' }).open();
    bob.subscription.unsubscribe();
  });

  it('ends all streams of a user with endForAll', async () => {
    const [one, two] = [bed.open(), bed.open()];
    const [presence, news] = [lifecycle(one), observe(injectEventSource({ injector: two.injector })('/news', SHARED))];
    await bed.settle();
    const connections = [bed.server.expectConnection().open(), bed.server.expectConnection().open()];
    await endForAll('ada', { platform: one.tab.platform });
    await bed.settle();
    expect([presence.status, news.status]).toEqual(['completed', 'completed']);
    expect(connections.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });

  it('uses the store of the leader: reads it at the start, and updates it after each takeover', async () => {
    const ids = new Map([['one', '5']]);
    const storeOf = (name: string) => ({ get: () => ids.get(name), set: (id: string) => void ids.set(name, id) });
    const [one, two] = [bed.open({ lastEventId: storeOf('one') }), bed.open({ lastEventId: storeOf('two') })];
    const [first, second] = [lifecycle(one), lifecycle(two)];
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '5' }).open().send({ id: 6, data: 'a' });
    await bed.settle();
    expect([...ids]).toEqual([['one', '6']]);
    first.subscription.unsubscribe();
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '6' }).open().send({ id: 7, data: 'b' });
    await bed.settle();
    expect([...ids]).toEqual([
      ['one', '6'],
      ['two', '7'],
    ]);
    expect(second.values.filter(({ kind }) => kind === 'gap')).toEqual([]);
  });

  it('starts after the option `lastEventId`, with the events that another tab has received since', async () => {
    const [one, two] = [bed.open(), bed.open()];
    lifecycle(one, { lastEventId: '3' });
    await bed.settle();
    bed.server.expectConnection({ lastEventId: '3' }).open().send({ id: 4, data: 'a' }).send({ id: 5, data: 'b' });
    const late = lifecycle(two, { lastEventId: '4' });
    await bed.settle();
    expect(kinds(late)).toEqual(['follower', 'open', 'b']);
  });

  it('ends in all tabs on a final error, and continues with `retry`', async () => {
    const [one, two] = [bed.open(), bed.open()];
    const [first, second] = [one, two].map(({ injector }) =>
      observe(injectEventSource({ injector })('/presence', SHARED).pipe(retry(1))),
    );
    await bed.settle();
    bed.server.expectConnection().refuse(403);
    await bed.settle();
    // The next leader first asks whether another tab knows the position.
    for (const time of [100, 500]) {
      bed.clock.advanceTo(bed.clock.now() + time);
      await bed.settle();
    }
    bed.server.expectConnection().open().send({ id: 1, data: 'a' });
    await bed.settle();
    bed.server.expectNoConnection();
    for (const stream of [first, second]) expect(stream?.values).toHaveLength(1);
  });

  it('pauses only if all tabs are paused', async () => {
    const openTab = () => {
      const { injector } = bed.open();
      const isShown = signal(true);
      const options = { ...SHARED, connectWhile: toObservable(isShown, { injector }) };
      const state$ = injectEventSource({ injector }).lifecycle('/presence', options).pipe(connectionState());
      return { isShown, state: observe(state$) };
    };
    const [one, two] = [openTab(), openTab()];
    const statuses = () => [one, two].map(({ state }) => state.values.at(-1)?.status);
    const tick = async () => {
      TestBed.tick();
      await bed.settle();
    };
    await tick();
    bed.server.expectConnection().open();
    await bed.settle();
    one.isShown.set(false);
    await tick();
    bed.server.expectConnection().open();
    await bed.settle();
    expect(statuses()).toEqual(['open', 'open']);
    two.isShown.set(false);
    await tick();
    expect(statuses()).toEqual(['paused', 'paused']);
  });

  it('shares nothing in a server-rendered page', async () => {
    const injector = createEnvironmentInjector(
      [
        { provide: PLATFORM_ID, useValue: 'server' },
        provideSse(withDefaults({ fetch: bed.server.fetch }), withSharedTabs({ key: () => 'ada', platform: {} })),
      ],
      TestBed.inject(EnvironmentInjector),
    );
    const eventSource = injectEventSource({ injector });
    expect(observe(eventSource('/presence', SHARED)).status).toBe('live');
    await bed.settle();
    bed.server.expectNoConnection();
    const connected = observe(eventSource.lifecycle('/presence', { ...SHARED, ssr: 'connect' }));
    bed.server.expectConnection('/presence');
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
    expect(() => lifecycle(bed.open(), options)).toThrow(message);
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
