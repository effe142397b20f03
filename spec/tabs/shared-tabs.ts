import { afterEach, beforeEach } from '@jest/globals';
import type { Observable } from 'rxjs';
import { type EventSourceLifecycle, fromEventSourceLifecycle } from '../../src/index.js';
import {
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
import { Clock } from '../support/clock.js';
import { type Observed, observe } from '../support/observe.js';

/** The fake server of the current test. */
export let server: FakeEventSource;
/** The tabs of the browser. */
export let tabs: FakeTabs;
/** The clock of the streams and the tabs. It only moves when a test advances it. */
export let clock: Clock;
/** The streams to unsubscribe from after the test. */
export let all: Observed<TabLifecycle>[];

/** Sets up the server, the tabs and the clock for each test of a block, and checks after it that nothing is left behind. */
export function useSharedTabs(): void {
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
}

/** Returns the lifecycle of a stream from the fake server, on that clock. */
export const open = ({ lastEventId }: TabContext, options = {}) =>
  fromEventSourceLifecycle('/a', {
    fetch: server.fetch,
    scheduler: clock,
    lastEventId,
    reconnect: { delay: 1000, jitter: 0 },
    ...options,
  });

/** Opens the stream in a tab. */
export function join(
  tab: FakeTab = tabs.open(),
  options: Partial<ShareAcrossTabsOptions> = {},
  source: (tab: TabContext) => Observable<EventSourceLifecycle> = open,
) {
  const shared$ = shareAcrossTabs(source, { key: 'a', scheduler: clock, platform: tab.platform, ...options });
  const observed = observe(shared$);
  all.push(observed);
  return Object.assign(observed, { tab, shared$ });
}

/** Returns the steps of a tab: the data of events, the role, and the kind of any other step. */
export const kinds = ({ values }: Observed<TabLifecycle>) =>
  values.map(step => (step.kind === 'event' ? step.event.data : step.kind === 'role' ? step.role : step.kind));
/** Returns the data of the events that a tab has received. */
export const datas = ({ values }: Observed<TabLifecycle>) =>
  values.flatMap(step => (step.kind === 'event' ? [step.event.data] : []));
