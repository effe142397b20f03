/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
// The compiler must be imported first.
import { type ChangeDetection, initTestBed } from './angular.js';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  NgZone,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
} from '@angular/core';
import { ComponentFixtureAutoDetect, TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import { Subject } from 'rxjs';
import { injectEventSource, provideSse, withDefaults } from '../../src/angular/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';

export type EventSourceBed = ReturnType<typeof useEventSourceBed>;

/** Sets up a test bed for streams: a server without a network, and a clock that the test advances. */
export function useEventSourceBed(changeDetection: ChangeDetection) {
  const zoned = changeDetection === 'zone.js';
  const bed = {
    fake: fakeEventSource(),
    clock: new Clock(),
    zoned,
    /** Where Angular calls a subscriber. Without zone.js, everything is outside. */
    inside: zoned ? 'inside' : 'outside',
    bound: () => TestBed.runInInjectionContext(() => injectEventSource()),
    ngZone: () => TestBed.inject(NgZone),
    newInjector: () => createEnvironmentInjector([], TestBed.inject(EnvironmentInjector)),
  };
  beforeAll(initTestBed);
  beforeEach(() => {
    bed.fake = fakeEventSource();
    bed.clock = new Clock();
    TestBed.configureTestingModule({
      providers: [
        zoned
          ? [provideZoneChangeDetection(), { provide: ComponentFixtureAutoDetect, useValue: true }]
          : provideZonelessChangeDetection(),
        provideSse(
          withDefaults({
            fetch: bed.fake.fetch,
            scheduler: bed.clock,
            reconnect: { delay: 1000, jitter: 0, wake: new Subject() },
          }),
        ),
      ],
    });
  });
  afterEach(() => {
    // Destroys everything that the test has created. A connection that is still open then is a leak.
    TestBed.resetTestingModule();
    bed.fake.verify();
  });
  return bed;
}
