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

/** Runs a test as zone.js has the `it` of a runner do, if it finds it as a global. */
const inProxyZone: Run = run => {
  const { Zone } = globalThis as unknown as { Zone: ZoneType };
  Zone.current.fork(new Zone.ProxyZoneSpec()).run(run);
};

it('a stream waits by the time of fakeAsync', () => {
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
      // What is left in time when it ends, fakeAsync fails for.
      subscription.unsubscribe();
    }),
  );
  expect(texts).toEqual(['a', 'b']);
  server.verify();
});

it("a silence is timed out by the time of fakeAsync, although `performance` doesn't go with it", () => {
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
