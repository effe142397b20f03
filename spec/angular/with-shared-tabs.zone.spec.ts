/**
 * @jest-environment jsdom
 */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import 'zone.js';
import { initTestBed } from '../support/angular.js';
import {
  afterEveryRender,
  ApplicationRef,
  Component,
  createEnvironmentInjector,
  EnvironmentInjector,
  NgZone,
  provideZoneChangeDetection,
} from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  eventSourceResource,
  injectEventSource,
  provideSse,
  type SseOptions,
  withDefaults,
  withSharedTabs,
} from '../../src/angular/index.js';
import type { Flush } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource, type FakeTabs, fakeTabs } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';
import { observe, unobserve } from '../support/observe.js';
import { TEN_EVENTS } from '../support/ten-events.js';

beforeAll(initTestBed);

/** The number of change detections. */
let ticks = 0;

@Component({ selector: 'app-numbers', template: `{{ numbers.value() }} {{ numbers.status() }}` })
class Numbers {
  readonly zones = new Set<boolean>();
  readonly numbers = eventSourceResource(() => '/numbers', {
    initial: 0,
    reduce: sum => {
      this.zones.add(NgZone.isInAngularZone());
      return sum + 1;
    },
  });

  constructor() {
    afterEveryRender(() => ticks++);
  }
}

describe('withSharedTabs with zone.js', () => {
  let server: FakeEventSource;
  let tabs: FakeTabs;
  let clock: Clock;
  beforeEach(() => {
    server = fakeEventSource();
    tabs = fakeTabs();
    clock = new Clock();
  });
  afterEach(() => {
    unobserve();
    TestBed.resetTestingModule();
    server.verify();
    clock.advanceTo(clock.now() + 100);
    if (clock.timers > 0) throw new Error('Expected no timer to be left behind');
  });

  const providers = (options: SseOptions = {}) =>
    provideSse(
      withDefaults({ fetch: server.fetch, scheduler: clock, shareAcrossTabs: true, ...options }),
      withSharedTabs({ key: () => 'ada', platform: tabs.open().platform }),
    );
  const configure = (options?: SseOptions) =>
    TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), providers(options)] });
  /** Subscribes to the stream in another tab. */
  const join = (options?: SseOptions) =>
    observe(
      injectEventSource({
        injector: createEnvironmentInjector([providers(options)], TestBed.inject(EnvironmentInjector)),
      }).lifecycle('/numbers'),
    );

  /** Waits for the messages of the tabs, and for Angular's work after them. */
  async function turn(): Promise<void> {
    await tabs.settle();
    await new Promise(resolve => setTimeout(resolve));
  }

  async function showNumbers() {
    const fixture = TestBed.createComponent(Numbers);
    fixture.autoDetectChanges();
    await fixture.whenStable();
    await turn();
    return { fixture, text: () => (fixture.nativeElement as Element).textContent };
  }

  it('runs 100 change detections for 100 messages of 10 events in a follower, and none for comments and checks', async () => {
    configure();
    join();
    await turn();
    const connection = server.expectConnection().open();
    const { fixture, text } = await showNumbers();
    expect(text()).toBe('0 resolved');
    ticks = 0;
    for (let message = 1; message <= 100; message++) {
      connection.raw(TEN_EVENTS);
      await turn();
      expect(text()).toBe(`${message * 10} resolved`);
    }
    expect(ticks).toBe(100);
    expect([...fixture.componentInstance.zones]).toEqual([true]);
    for (let beat = 0; beat < 20; beat++) {
      connection.comment('beat');
      await turn();
      // The follower checks whether the leader is still there.
      clock.advanceTo(clock.now() + 10_000);
      await turn();
    }
    expect(ticks).toBe(100);
  });

  it('runs 100 change detections for 100 chunks in a tab that took over as leader, whatever its followers request', async () => {
    configure();
    const first = join();
    await turn();
    const before = server.expectConnection().open().send('x');
    const { fixture, text } = await showNumbers();
    ticks = 0;
    before.send('x');
    await turn();
    first.subscription.unsubscribe();
    await turn();
    const connection = server.expectConnection().open();
    await turn();
    expect(text()).toBe('1 resolved');
    const follower = join();
    await turn();
    ticks = 0;
    for (let chunk = 1; chunk <= 100; chunk++) {
      connection.raw(TEN_EVENTS);
      await turn();
      connection.comment('beat');
      clock.advanceTo(clock.now() + 1000);
      await turn();
    }
    expect(ticks).toBe(100);
    expect(text()).toBe('1001 resolved');
    expect([...fixture.componentInstance.zones]).toEqual([true]);
    expect(follower.values.filter(({ kind }) => kind === 'event')).toHaveLength(1000);
  });

  it.each<[string, SseOptions, boolean]>([
    [
      'enters the zone, too, for the events that `deliver` doesn’t flush',
      { deliver: (flush: Flush) => void flush(1) },
      true,
    ],
    ["doesn’t enter the zone in a follower with `zone: 'outside'`", { zone: 'outside' }, false],
  ])('%s', async (_what, options, isInZone) => {
    configure();
    const zones: boolean[] = [];
    join();
    await turn();
    const connection = server.expectConnection().open();
    const injector = createEnvironmentInjector([providers(options)], TestBed.inject(EnvironmentInjector));
    const subscription = injectEventSource({ injector })('/numbers').subscribe(() =>
      zones.push(NgZone.isInAngularZone()),
    );
    await turn();
    connection.raw(TEN_EVENTS);
    await turn();
    expect(zones).toEqual(Array.from({ length: 10 }, () => isInZone));
    subscription.unsubscribe();
  });

  it('keeps the application stable while tabs share a stream', async () => {
    configure();
    const { fixture } = await showNumbers();
    server.expectConnection().open();
    join();
    await turn();
    await fixture.whenStable();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(TestBed.inject(NgZone).hasPendingMacrotasks).toBe(false);
  });
});
