/* eslint jest/no-standalone-expect: off -- the expectations of a test are in its scenario */
import {
  FetchBackend,
  HttpClient,
  type HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import { type ApplicationConfig, ApplicationRef, type Signal, type Type } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect, jest } from '@jest/globals';
import { firstValueFrom, type Observable, tap } from 'rxjs';
import { provideSse, withHttpClient, withSse } from '../../src/angular/index.js';
import type { ServerSentEvent } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import type { Scenario } from '../support/run-examples.js';
import { until } from '../support/until.js';
import { eventSource, inAngular } from './angular-run.js';

interface Pulse {
  readonly beat$: Observable<ServerSentEvent>;
}

/** The scenarios of docs/angular.md from `Interceptors` to `A spinner and a timeout`. */
export const INTERCEPTOR_SCENARIOS: Readonly<Record<string, Scenario>> = {
  Interceptors: inAngular(async ({ execute, open, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Interceptors');
    provide(...appConfig.providers);
    const subscription = eventSource('/chat').subscribe();
    const first = await open(0, '');
    expect(first.request.headers).toMatchObject({ authorization: 'Bearer abc', accept: 'text/event-stream' });
    subscription.unsubscribe();
    await first.gone();
  }),

  'What an interceptor sees': inAngular(async ({ execute, open, server, provide, log }) => {
    const { logBodies } = await execute<{ logBodies: HttpInterceptorFn }>('What an interceptor sees');
    const seen: unknown[] = [];
    const look: HttpInterceptorFn = (request, next) =>
      next(request).pipe(
        tap({
          next: event => event instanceof HttpResponse && seen.push([request.url, event.status, event.body]),
          complete: () => seen.push('complete'),
        }),
      );
    provide(
      provideHttpClient(withInterceptors([logBodies, look]), withFetch(), withSse()),
      provideSse(withHttpClient()),
    );
    const texts: string[] = [];
    const subscription = eventSource('/chat').subscribe(({ data }) => texts.push(data));
    const exchange = (await server.exchange(0)).open();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(seen).toEqual([['/chat', 200, null], 'complete']);
    exchange.send('data: a\n\n');
    await until(() => texts.length === 1);
    expect(log).toEqual([]);
    const rates = firstValueFrom(TestBed.inject(HttpClient).get('/rates'));
    (await server.exchange(1)).refuse(200, { 'content-type': 'application/json' }, '[1]');
    await rates;
    expect(log).toEqual(['/rates 1']);
    subscription.unsubscribe();
    await exchange.gone();

    const { log: logUrls, Pulse } = await execute<{ log: HttpInterceptorFn; Pulse: Type<Pulse> }>(
      'What an interceptor sees 2',
    );
    TestBed.resetTestingModule();
    provide(provideHttpClient(withInterceptors([logUrls]), withSse()), provideSse(withHttpClient()), Pulse);
    const quiet = TestBed.inject(Pulse).beat$.subscribe();
    await open(2, '');
    const loud = eventSource('/other').subscribe();
    await open(3, '');
    expect(log.slice(1)).toEqual(['/other']);
    quiet.unsubscribe();
    loud.unsubscribe();
  }),

  'Refresh on 401': inAngular(async ({ execute, open, server, provide }) => {
    const { appConfig } = await execute<{ appConfig: ApplicationConfig }>('Refresh on 401');
    provide(...appConfig.providers, FetchBackend);
    const texts: string[] = [];
    const refresh = async (index: number, token: string) => {
      const exchange = await server.exchange(index);
      expect([exchange.request.method, exchange.request.url]).toEqual(['POST', '/auth/refresh']);
      exchange.refuse(200, { 'content-type': 'application/json' }, `{"token":"${token}"}`);
    };
    let failure: unknown;
    eventSource('/chat', { reconnect: { delay: 0 } }).subscribe({
      next: ({ data }) => texts.push(data),
      error: (error: unknown) => (failure = error),
    });
    (await server.exchange(0)).refuse(401);
    await refresh(1, 'one');
    const first = await open(2, 'id: 7\ndata: a\n\n');
    expect(first.request.headers.authorization).toBe('Bearer one');
    await until(() => texts.length === 1);
    first.cut();
    (await server.exchange(3)).refuse(401);
    await refresh(4, 'two');
    const second = await open(5, 'data: b\n\n');
    expect(second.request.headers.authorization).toBe('Bearer two');
    expect(second.lastEventId).toBe('7');
    await until(() => texts.length === 2);
    second.cut();
    (await server.exchange(6)).refuse(401);
    await refresh(7, 'three');
    (await server.exchange(8)).refuse(401);
    await until(() => failure !== undefined);
    expect(failure).toMatchObject({ name: 'ResponseStatusError', status: 401 });
  }),

  'A spinner and a timeout': inAngular(async ({ execute, provide }) => {
    const { spinner, answerWithin10s, Pending } = await execute<{
      spinner: HttpInterceptorFn;
      answerWithin10s: HttpInterceptorFn;
      Pending: Type<{ requests: Signal<number> }>;
    }>('A spinner and a timeout');
    const server = fakeEventSource();
    provide(
      provideHttpClient(withInterceptors([spinner, answerWithin10s]), withSse({ fetch: server.fetch })),
      provideSse(withHttpClient()),
    );
    const { requests } = TestBed.inject(Pending);
    jest.useFakeTimers();
    try {
      const texts: string[] = [];
      const subscription = eventSource('/chat').subscribe(({ data }) => texts.push(data));
      expect(requests()).toBe(1);
      const late = await server.nextConnection('/chat');
      await jest.advanceTimersByTimeAsync(10_000);
      expect(late.state).toBe('closed');
      expect(requests()).toBe(0);
      await jest.advanceTimersByTimeAsync(3000);
      const connection = (await server.nextConnection('/chat')).open();
      await jest.advanceTimersByTimeAsync(20_000);
      expect(requests()).toBe(0);
      connection.send({ data: 'a' });
      expect(texts).toEqual(['a']);
      subscription.unsubscribe();
      server.verify();
    } finally {
      jest.useRealTimers();
    }
  }),
};
