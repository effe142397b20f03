/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
import 'zone.js';
import { injectEventSourceBehaviour } from '../support/inject-event-source-behaviour.js';
import { NgZone, provideZoneChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Subscription } from 'rxjs';
import { injectEventSource, type SseOptions } from '../../src/angular/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { until } from '../support/until.js';

injectEventSourceBehaviour('zone.js');

describe('a stream with zone.js', () => {
  let fake: FakeEventSource;
  let ngZone: NgZone;
  beforeEach(() => {
    fake = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideZoneChangeDetection()] });
    ngZone = TestBed.inject(NgZone);
  });
  afterEach(() => {
    TestBed.resetTestingModule();
    fake.verify();
  });
  const stream = (options: SseOptions = {}) =>
    TestBed.runInInjectionContext(() => injectEventSource()('/stream', { fetch: fake.fetch, ...options }));

  it.each<[SseOptions['zone'], boolean]>([
    ['batch', true],
    ['outside', false],
  ])('runs the tasks of a subscriber in the zone, unless it is outside: %s', (zone, belongs) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const subscription = stream({ zone }).subscribe(() => (timer = setTimeout(() => undefined, 60_000)));
    fake.expectConnection().open().send('a');
    expect(ngZone.hasPendingMacrotasks).toBe(belongs);
    clearTimeout(timer);
    expect(ngZone.hasPendingMacrotasks).toBe(false);
    subscription.unsubscribe();
  });

  it('passes an error of a subscriber to the zone, and so to the ErrorHandler, and continues', async () => {
    const errors: unknown[] = [];
    ngZone.onError.subscribe(error => errors.push(error));
    const seen: string[] = [];
    const subscription = stream().subscribe(({ data }) => {
      seen.push(data);
      if (data === 'bad') throw new Error('of the subscriber');
    });
    const connection = fake.expectConnection().open().raw('data: bad\n\ndata: good\n\n');
    await until(() => errors.length > 0);
    expect(errors).toEqual([new Error('of the subscriber')]);
    connection.send('better');
    expect(seen).toEqual(['bad', 'good', 'better']);
    subscription.unsubscribe();
  });

  it('calls a subscriber in Angular’s zone, not in the zone in which it subscribed', () => {
    const names: string[] = [];
    const other = Zone.current.fork({ name: 'other' });
    const subscription = other.run<Subscription>(() => stream().subscribe(() => names.push(Zone.current.name)));
    const connection = fake.expectConnection().open();
    other.run(() => connection.send('a'));
    connection.send('b');
    expect(names).toEqual(['angular', 'angular']);
    subscription.unsubscribe();
  });

  it('delivers chunks that arrive within one turn of the zone in the same turn', () => {
    const turns: string[] = [];
    const observed = observe(stream());
    const connection = fake.expectConnection().open();
    ngZone.onMicrotaskEmpty.subscribe(() => turns.push('!'));
    ngZone.run(() => connection.send('a').send('b').comment('beat'));
    expect(observed.values).toHaveLength(2);
    expect(turns).toEqual(['!']);
  });
});
