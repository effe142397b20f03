/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import { initTestBed } from './angular.js';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  type EnvironmentProviders,
  inject,
  Injectable,
  signal,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import { provideSse, type SseOptions, withDefaults, withSharedTabs } from '../../src/angular/index.js';
import { fakeEventSource, type FakeTab, fakeTabs } from '../../src/testing/index.js';
import { Clock } from './clock.js';
import { unobserve } from './observe.js';

@Injectable()
class Session {
  readonly user = signal<string | undefined>('ada');
}

/** An application in a tab. */
export interface ApplicationInTab {
  readonly tab: FakeTab;
  readonly injector: EnvironmentInjector;
  readonly session: Session;
}

/** Sets up a test bed for applications that share streams: a browser's tabs, a server without a network, and a clock. */
export function useTabsBed() {
  /** The injectors of the applications. */
  const opened: EnvironmentInjector[] = [];
  const bed = {
    server: fakeEventSource(),
    tabs: fakeTabs(),
    clock: new Clock(),
    opened,
    /** Opens a tab of the browser, with the application. */
    open(options: SseOptions = {}, ...providers: EnvironmentProviders[]): ApplicationInTab {
      const { server, clock } = bed;
      const tab = bed.tabs.open();
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
    },
    settle: () => bed.tabs.settle(),
  };
  beforeAll(initTestBed);
  beforeEach(() => {
    bed.server = fakeEventSource();
    bed.tabs = fakeTabs();
    bed.clock = new Clock();
  });
  afterEach(async () => {
    unobserve();
    for (const injector of opened.splice(0)) injector.destroy();
    TestBed.resetTestingModule();
    await bed.tabs.settle();
    bed.server.verify();
    // A stream that has ended releases its lock a little later.
    bed.clock.advanceTo(bed.clock.now() + 100);
    await bed.tabs.settle();
    if (bed.clock.timers > 0) throw new Error('Expected no timer to be left behind');
  });
  return bed;
}
