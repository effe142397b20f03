/**
 * @jest-environment jsdom
 */
import 'zone.js';
import 'zone.js/testing';
import { provideZoneChangeDetection } from '@angular/core';
import { fakeAsync, TestBed, tick } from '@angular/core/testing';
import { expect, it } from '@jest/globals';
import { injectEventSource, provideSse, withDefaults } from '../../src/angular/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { initTestBed } from '../support/angular.js';

initTestBed();

type Run = (run: () => void) => void;
interface ZoneType {
  readonly current: { fork(spec: unknown): { readonly run: Run } };
  readonly ProxyZoneSpec: new () => unknown;
}

/** Runs a test in a ProxyZone, like zone.js does if the runner's `it` is a global. */
const inProxyZone: Run = run => {
  const { Zone } = globalThis as unknown as { Zone: ZoneType };
  Zone.current.fork(new Zone.ProxyZoneSpec()).run(run);
};

it('a stream reconnects by the clock of fakeAsync', () => {
  const server = fakeEventSource();
  const defaults = withDefaults({ fetch: server.fetch, reconnect: { jitter: 0 } });
  TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), provideSse(defaults)] });
  const texts: string[] = [];
  inProxyZone(
    fakeAsync(() => {
      const chat$ = TestBed.runInInjectionContext(() => injectEventSource()('/chat'));
      const subscription = chat$.subscribe(({ data }) => texts.push(data));
      server.expectConnection('/chat').open().send({ id: 7, data: 'a' }).end();
      tick(2999);
      server.expectNoConnection();
      tick(1);
      server.expectConnection({ lastEventId: '7' }).open().send({ data: 'b' });
      // fakeAsync fails if timers are left when it ends.
      subscription.unsubscribe();
    }),
  );
  expect(texts).toEqual(['a', 'b']);
  server.verify();
});

it("a silence times out by the clock of fakeAsync, although `performance` doesn't follow it", () => {
  const server = fakeEventSource();
  const defaults = withDefaults({ fetch: server.fetch, idleTimeout: 20_000, reconnect: { jitter: 0 } });
  TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), provideSse(defaults)] });
  inProxyZone(
    fakeAsync(() => {
      const chat$ = TestBed.runInInjectionContext(() => injectEventSource()('/chat'));
      const subscription = chat$.subscribe();
      const connection = server.expectConnection('/chat').open();
      tick(15_000);
      connection.comment('beat');
      tick(19_999);
      expect(connection.state).toBe('open');
      tick(1);
      expect(connection.state).toBe('closed');
      tick(3000);
      server.expectConnection('/chat');
      subscription.unsubscribe();
    }),
  );
  server.verify();
});
