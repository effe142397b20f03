import { initTestBed } from './angular.js';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import { provideSse, type SseOptions, withDefaults } from '../../src/angular/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';

/** What a resource is tested with: a server without a network, and a clock that the test moves. */
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
    /** The connection that the resource makes as its effects run. */
    connected(url = '/a'): FakeConnection {
      TestBed.tick();
      return bed.server.expectConnection(url);
    },
    breakIt(connection: FakeConnection): void {
      connection.break();
      // A page hears of a failure one turn later.
      bed.clock.advanceTo(bed.clock.now());
    },
    /** The wait before an attempt is over. */
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
