/**
 * @jest-environment jsdom
 */
import 'zone.js';
import { initTestBed } from '../support/angular.js';
import { afterEveryRender, ApplicationRef, Component, NgZone, provideZoneChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventSourceResource, provideSse, secondsUntil, withDefaults } from '../../src/angular/index.js';
import { type FakeConnection, type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from '../support/clock.js';

beforeAll(initTestBed);

/** The number of change detections. */
let ticks = 0;
const zones = new Set<boolean>();

@Component({ selector: 'app-numbers', template: `{{ numbers.value() }} {{ numbers.status() }}` })
class Numbers {
  readonly numbers = eventSourceResource(() => '/numbers', {
    initial: 0,
    reduce: sum => {
      zones.add(NgZone.isInAngularZone());
      return sum + 1;
    },
  });

  constructor() {
    afterEveryRender(() => ticks++);
  }
}

describe('eventSourceResource with zone.js', () => {
  let server: FakeEventSource;
  beforeEach(() => {
    server = fakeEventSource();
    TestBed.configureTestingModule({
      providers: [provideZoneChangeDetection(), provideSse(withDefaults({ fetch: server.fetch }))],
    });
  });
  afterEach(() => {
    TestBed.resetTestingModule();
    server.verify();
  });

  /** Resolves after a turn of the zone and Angular's work after it. */
  const turn = () => new Promise(resolve => setTimeout(resolve));

  async function open() {
    const fixture = TestBed.createComponent(Numbers);
    fixture.autoDetectChanges();
    await fixture.whenStable();
    const connection = server.expectConnection().open();
    await fixture.whenStable();
    const text = () => (fixture.nativeElement as Element).textContent;
    expect(text()).toBe('0 resolved');
    ticks = 0;
    zones.clear();
    return { connection, text, application: TestBed.inject(ApplicationRef) };
  }

  const tenEvents = (connection: FakeConnection) => connection.raw('data: x\n\n'.repeat(10));

  it('runs 100 change detections for 100 chunks of 10 events, and shows all events', async () => {
    const { connection, text } = await open();
    for (let chunk = 1; chunk <= 100; chunk++) {
      tenEvents(connection);
      await turn();
      expect(text()).toBe(`${chunk * 10} resolved`);
    }
    expect(ticks).toBe(100);
    expect([...zones]).toEqual([true]);
  });

  it('runs no change detection for 100 heartbeats [pitfall 35]', async () => {
    const { connection } = await open();
    for (let beat = 0; beat < 100; beat++) {
      connection.comment('beat');
      await turn();
    }
    expect(ticks).toBe(0);
  });

  it('runs one change detection per chunk, `set` and second, with `events`, a value set by hand and a countdown', async () => {
    const clock = new Clock();
    const waits = { reconnect: { delay: 2500, factor: 1, jitter: 0 }, scheduler: clock };
    TestBed.resetTestingModule().configureTestingModule({
      providers: [provideZoneChangeDetection(), provideSse(withDefaults({ fetch: server.fetch, ...waits }))],
    });
    @Component({
      selector: 'app-all',
      template: `{{ numbers.value() }} {{ numbers.connection().status }} {{ seconds() }}`,
    })
    class All {
      readonly numbers = eventSourceResource(() => '/numbers', { initial: 0, reduce: sum => sum + 1 });
      readonly seconds = secondsUntil(this.numbers.connection);
      readonly seen: string[] = [];
      constructor() {
        this.numbers.events.subscribe(({ data }) => this.seen.push(data));
        afterEveryRender(() => ticks++);
      }
    }
    const fixture = TestBed.createComponent(All);
    fixture.autoDetectChanges();
    await fixture.whenStable();
    const connection = server.expectConnection().open();
    await fixture.whenStable();
    const shown = async () => {
      await turn();
      const after = [ticks, (fixture.nativeElement as Element).textContent.trim()];
      ticks = 0;
      return after;
    };
    await shown();
    tenEvents(connection);
    expect(await shown()).toEqual([1, '10 open']);
    connection.comment('beat');
    expect(await shown()).toEqual([0, '10 open']);
    fixture.componentInstance.numbers.set(100);
    expect(await shown()).toEqual([1, '100 open']);
    connection.break();
    clock.advanceTo(clock.now());
    expect(await shown()).toEqual([1, '100 waiting 3']);
    for (const [time, text] of [
      [500, '2'],
      [1000, '1'],
    ] as const) {
      clock.advanceTo(clock.now() + time);
      expect(await shown()).toEqual([1, `100 waiting ${text}`]);
    }
    expect(fixture.componentInstance.seen).toHaveLength(10);
    fixture.destroy();
    expect(clock.timers).toBe(0);
  });

  it('keeps the application stable while the stream is open', async () => {
    const { connection, application } = await open();
    const seen: boolean[] = [];
    const subscription = application.isStable.subscribe(isStable => seen.push(isStable));
    await application.whenStable();
    expect(seen).toEqual([true]);
    tenEvents(connection);
    await application.whenStable();
    expect(seen.at(-1)).toBe(true);
    subscription.unsubscribe();
  });
});
