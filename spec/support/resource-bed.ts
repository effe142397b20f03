import { initTestBed } from './angular.js';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import { provideSse, type SseOptions, withDefaults } from '../../src/angular/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';

/** Sets up a test bed for a resource: a server without a network, and a clock that the test advances. */
export function useResourceBed() {
  const bed = {
    server: fakeEventSource(),
    clock: new Clock(),
    provide(options: SseOptions = {}, ...providers: unknown[]): void {
      const { server, clock } = bed;
      const reconnect = { delay: 1000, factor: 1, jitter: 0 };
      TestBed.resetTestingModule().configureTestingModule({
        providers: [
          provideSse(withDefaults({ fetch: server.fetch, scheduler: clock, reconnect, ...options })),
          ...providers,
        ],
      });
    },
    inContext: <T>(run: () => T): T => TestBed.runInInjectionContext(run),
    /** Runs the effects, and returns the connection that the resource opens. */
    connected(url = '/a'): FakeConnection {
      TestBed.tick();
      return bed.server.expectConnection(url);
    },
    breakIt(connection: FakeConnection): void {
      connection.break();
      // A page reports a failure one turn later.
      bed.clock.advanceTo(bed.clock.now());
    },
    /** Lets the wait before an attempt pass. */
    wait: () => bed.clock.advanceTo(bed.clock.now() + 1000),
  };
  beforeAll(initTestBed);
  beforeEach(() => {
    bed.server = fakeEventSource();
    bed.clock = new Clock();
    bed.provide();
  });
  afterEach(() => {
    TestBed.resetTestingModule();
    bed.server.verify();
  });
  return bed;
}
