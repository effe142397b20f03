/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import 'zone.js';
import { initTestBed } from '../support/angular.js';
import {
  type HttpErrorResponse,
  type HttpInterceptorFn,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { ApplicationRef, NgZone, provideZoneChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { injectEventSource, provideSse, type SseOptions, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';
import { catchError, finalize, firstValueFrom, tap, throwError } from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';

beforeAll(initTestBed);

describe('withHttpClient with zone.js', () => {
  let server: SseServer;
  let calls: string[];
  /** The number of times that Angular's zone was entered. */
  let entered: number;
  beforeEach(async () => {
    server = await SseServer.start();
    calls = [];
    entered = 0;
  });
  afterEach(() => server.close());

  const note = (what: string) => calls.push(`${what} ${NgZone.isInAngularZone() ? 'inside' : 'outside'}`);
  const spy: HttpInterceptorFn = (request, next) => {
    note('request');
    return next(request).pipe(
      tap(({ type }) => note(`event ${type}`)),
      catchError((error: unknown) => {
        note(`status ${(error as HttpErrorResponse).status}`);
        return throwError(() => error);
      }),
      finalize(() => note('end')),
    );
  };

  const connect = (options: SseOptions) => {
    TestBed.configureTestingModule({
      providers: [
        provideZoneChangeDetection(),
        provideHttpClient(
          withInterceptors([spy]),
          withSse({
            fetch: (url: string, init: RequestInit) => {
              note('fetch');
              return fetch(url, init);
            },
          }),
        ),
        provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
      ],
    });
    const eventSource = TestBed.runInInjectionContext(() => injectEventSource());
    TestBed.inject(NgZone).onUnstable.subscribe(() => entered++);
    return observe(eventSource.lifecycle(server.url, options));
  };

  it.each(['batch', 'outside'] as const)(
    'calls interceptors inside the zone and fetch outside, on reconnects as well (zone: %s)',
    async zone => {
      const stream = connect({ zone });
      const opened = (await server.exchange(0)).open();
      await stream.find(ofKind('open'));
      opened.cut();
      (await server.exchange(1)).refuse(503);
      const left = await server.exchange(2);
      stream.subscription.unsubscribe();
      await left.gone();
      const handshake = ['request inside', 'fetch outside', 'event 0 inside'];
      expect(calls).toEqual([
        ...[...handshake, 'event 4 inside', 'end inside'],
        ...[...handshake, 'status 503 inside', 'end inside'],
        ...[...handshake, 'end inside'],
      ]);
    },
  );

  it('leaves the application pending before the headers, and stable while a stream is open', async () => {
    const stream = connect({ zone: 'outside' });
    const app = TestBed.inject(ApplicationRef);
    const exchange = await server.exchange(0);
    expect(await firstValueFrom(app.isStable)).toBe(false);
    exchange.open();
    await app.whenStable();
    await stream.find(ofKind('open'));
    expect(await firstValueFrom(app.isStable)).toBe(true);
    expect(TestBed.inject(NgZone)).toMatchObject({ hasPendingMacrotasks: false, hasPendingMicrotasks: false });
    expect(stream.status).toBe('live');
  });

  it('enters the zone only for the handshake, not for heartbeats, events or the end of the stream', async () => {
    const stream = connect({ zone: 'outside' });
    const exchange = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    await TestBed.inject(ApplicationRef).whenStable();
    const handshake = entered;
    expect(handshake).toBe(2);
    for (let count = 1; count <= 100; count++) {
      exchange.send(`: heartbeat\n\ndata: ${count}\n\n`);
      await stream.find(item => item.kind === 'event' && item.event.data === String(count));
    }
    stream.subscription.unsubscribe();
    await exchange.gone();
    expect(entered).toBe(handshake);
  });

  it('enters the zone once to cancel a pending request, but not for its abort', async () => {
    const stream = connect({ zone: 'outside' });
    const exchange = await server.exchange(0);
    expect(entered).toBe(1);
    stream.subscription.unsubscribe();
    await exchange.gone();
    expect(calls.at(-1)).toBe('end inside');
    expect(entered).toBe(2);
  });
});
