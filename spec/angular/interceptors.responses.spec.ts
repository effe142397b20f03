/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { connect, server, useInterceptors } from './use-interceptors.js';
import { KEPT_ANSWER, NO_ANSWER } from '#angular-checks';
import { type HttpEvent, HttpEventType, type HttpInterceptorFn, HttpResponse } from '@angular/common/http';
import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { ConnectionError, type WaitingLifecycle } from 'rx-sse';
import {
  concat,
  concatMap,
  delay,
  EMPTY,
  filter,
  firstValueFrom,
  map,
  NEVER,
  Observable,
  of,
  retry,
  shareReplay,
  Subject,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';
import { ofKind } from '../support/observe.js';

useInterceptors();

/** Calls `act` with each response before it is passed on. */
const onAnswer =
  (act: (response: HttpResponse<unknown>) => void): HttpInterceptorFn =>
  (request, next) =>
    next(request).pipe(tap(event => event instanceof HttpResponse && act(event)));

describe('a response that an interceptor doesn’t pass on is cancelled', () => {
  it('when the interceptor sends the request again after a 2xx', async () => {
    let answers = 0;
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          tap(event => {
            if (event instanceof HttpResponse && answers++ === 0) throw new Error('once more');
          }),
          retry(1),
        ),
    ]);
    const first = (await server.exchange(0)).open();
    const second = await server.exchange(1);
    await first.gone();
    second.open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
    expect(server.liveExchanges).toBe(1);
  });

  it('when the interceptor sends the request twice', async () => {
    const answered = new Subject<void>();
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          filter(event => event instanceof HttpResponse),
          concatMap(() => next(request)),
          tap(event => event instanceof HttpResponse && answered.next()),
        ),
    ]);
    const first = (await server.exchange(0)).open();
    const second = await server.exchange(1);
    await first.gone();
    second.open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(server.liveExchanges).toBe(1);
  });

  it('when the interceptor throws after it, which is a ConnectionError with that cause', async () => {
    const stream = connect([
      onAnswer(() => {
        throw new Error('logged out');
      }),
    ]);
    const first = (await server.exchange(0)).open();
    await first.gone();
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause.message', 'logged out');
    // The stream reconnects.
    await server.exchange(1);
  });

  it('when the interceptor throws instead of sending, even if `reconnect.when` makes that final', async () => {
    const loggedOut = new Error('logged out');
    const stream = connect([() => throwError(() => loggedOut)], {
      reconnect: { when: error => (error instanceof ConnectionError && error.cause === loggedOut ? false : undefined) },
    });
    expect(await stream.failed()).toMatchObject({ cause: loggedOut });
    expect(server.exchanges).toHaveLength(0);
  });

  it('when the interceptor unsubscribes after it, which fails the attempt', async () => {
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          filter(event => event.type !== HttpEventType.Sent),
          take(1),
          switchMap(() => EMPTY),
        ),
    ]);
    await (await server.exchange(0)).open().gone();
    const { error } = await stream.find(ofKind('waiting'));
    expect(error).toHaveProperty('cause.message', NO_ANSWER);
  });

  it('when the subscription ends while an interceptor holds it', async () => {
    const answered = new Subject<void>();
    const stream = connect([
      (request, next) =>
        next(request).pipe(
          concatMap(event => {
            if (!(event instanceof HttpResponse)) return of(event);
            answered.next();
            return NEVER;
          }),
        ),
    ]);
    const exchange = await server.exchange(0);
    const reached = firstValueFrom(answered);
    exchange.open();
    await reached;
    expect(server.liveExchanges).toBe(1);
    stream.subscription.unsubscribe();
    await exchange.gone();
  });

  it('when it follows another response, which is already the stream', async () => {
    const stream = connect([(request, next) => concat(next(request), next(request))]);
    const first = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    const second = (await server.exchange(1)).open();
    await second.gone();
    first.send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
  });

  it('before it arrives: unsubscribing before the headers aborts the request', async () => {
    const stream = connect([]);
    const exchange = await server.exchange(0);
    stream.subscription.unsubscribe();
    await exchange.gone();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(server.liveExchanges).toBe(0);
  });
});

describe('a response that an interceptor passes on', () => {
  it('is closed by unsubscribing', async () => {
    const stream = connect([]);
    const exchange = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    stream.subscription.unsubscribe();
    await exchange.gone();
    expect(server.liveExchanges).toBe(0);
  });

  it('is the stream, even if the interceptor changes it, delays it or doesn’t complete', async () => {
    const stream = connect([
      (request, next) =>
        new Observable(subscriber =>
          next(request)
            .pipe(
              map(event => (event instanceof HttpResponse ? event.clone({ body: { wrapped: event.body } }) : event)),
              delay(1),
            )
            .subscribe({ next: event => subscriber.next(event) }),
        ),
    ]);
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    stream.subscription.unsubscribe();
    await exchange.gone();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(server.liveExchanges).toBe(0);
  });

  it('isn’t affected by an error that the interceptor throws later', async () => {
    const later = new Subject<never>();
    const stream = connect([
      (request, next) =>
        new Observable(subscriber => {
          subscriber.add(next(request).subscribe(event => subscriber.next(event)));
          subscriber.add(later.subscribe(subscriber));
        }),
    ]);
    const exchange = (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    later.error(new Error('later'));
    exchange.send('data: a\n\n');
    await stream.find(ofKind('event'));
    expect(server.exchanges).toHaveLength(1);
  });
});

describe('a response that an interceptor has cached', () => {
  it('has no stream for another request, and the error says so', async () => {
    const kept = new Map<string, Observable<HttpEvent<unknown>>>();
    const stream = connect([
      (request, next) => {
        const answer = kept.get(request.url) ?? next(request).pipe(shareReplay({ bufferSize: 2, refCount: false }));
        kept.set(request.url, answer);
        return answer;
      },
    ]);
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    await stream.find(ofKind('event'));
    exchange.cut();
    const { error } = await stream.find(
      (item): item is WaitingLifecycle => item.kind === 'waiting' && item.attempt === 2,
    );
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toHaveProperty('cause.message', KEPT_ANSWER);
    kept.clear();
    (await server.exchange(1)).open().send('data: b\n\n');
    await stream.find(item => item.kind === 'event' && item.event.data === 'b');
    expect(stream.values.filter(ofKind('open'))).toHaveLength(2);
  });
});
