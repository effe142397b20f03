/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import {
  HttpBackend,
  HttpContext,
  HttpContextToken,
  type HttpEvent,
  type HttpInterceptorFn,
  type HttpRequest,
  HttpResponse,
  HttpXhrBackend,
  provideHttpClient,
  withFetch,
  withInterceptors,
  withRequestsMadeViaParent,
} from '@angular/common/http';
import { NO_SSE } from '#angular-checks';
import { createEnvironmentInjector, EnvironmentInjector, type EnvironmentProviders, Injector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventSourceTimeoutError } from 'rx-sse';
import { injectEventSource, provideSse, withDefaults, withHttpClient, withSse } from 'rx-sse/angular';
import { type Observable, of } from 'rxjs';
import { itChecked } from '../support/checked.js';
import { Clock } from '../support/clock.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { injectStreams, type Providers } from './inject-streams.js';

beforeAll(initTestBed);

describe('withHttpClient', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('opens and resumes streams with requests of HttpClient', async () => {
    const seen: HttpRequest<unknown>[] = [];
    const spy: HttpInterceptorFn = (request, next) => {
      seen.push(request);
      return next(request);
    };
    const eventSource = injectStreams(
      provideHttpClient(withInterceptors([spy]), withSse()),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
    );
    const stream = observe(eventSource.lifecycle(server.url));
    const first = (await server.exchange(0)).open({ 'x-server': 'one' }).send('id: ü 漢 🎉\ndata: a\n\n');
    await stream.find(ofKind('event'));
    first.end();
    const second = await server.exchange(1);
    expect(second.lastEventId).toBe('ü 漢 🎉');
    second.refuse(204);
    const items = await stream.completed();

    expect(items.map(({ kind }) => kind)).toEqual([
      ...['connecting', 'open', 'event', 'waiting'],
      ...['connecting', 'closed'],
    ]);
    expect(items[1]).toMatchObject({ url: server.url, status: 200, resumedFrom: '' });
    expect(items.find(ofKind('open'))?.headers.get('x-server')).toBe('one');
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: server.url,
      body: null,
      responseType: 'text',
      transferCache: false,
    });
    expect(seen[0]?.headers.keys()).toEqual(['accept']);
  });

  it('sends the method, headers and body of a POST', async () => {
    const eventSource = injectStreams(provideHttpClient(withSse()), provideSse(withHttpClient()));
    const headers = { 'content-type': 'application/json' };
    const stream = observe(eventSource(server.url, { method: 'POST', headers, body: '{"q":"ü"}' }));
    const exchange = await server.exchange(0);
    expect(exchange.request).toMatchObject({ method: 'POST', headers });
    expect(await exchange.body()).toBe('{"q":"ü"}');
    exchange.open().end('data: a\n\n');
    expect(await stream.completed()).toHaveLength(1);
  });

  it('aborts a request that takes longer than `connectTimeout`', async () => {
    const eventSource = injectStreams(provideHttpClient(withSse()), provideSse(withHttpClient()));
    const clock = new Clock();
    const options = { connectTimeout: 5000, scheduler: clock, reconnect: false } as const;
    const stream = observe(eventSource(server.url, options));
    const exchange = await server.exchange(0);
    clock.advanceTo(5000);
    expect(await stream.failed()).toBeInstanceOf(EventSourceTimeoutError);
    await exchange.gone();
  });

  it('prefers the `fetch` of a single stream', async () => {
    const eventSource = injectStreams(
      provideHttpClient(
        withInterceptors([
          () => {
            throw new Error('Expected no request');
          },
        ]),
        withSse(),
      ),
      provideSse(withHttpClient()),
    );
    const fetch = () => Promise.resolve(new Response(null, { status: 204 }));
    expect(await observe(eventSource(server.url, { fetch })).completed()).toEqual([]);
  });

  describe('the setup error', () => {
    const message = NO_SSE;
    const child = (parent: Providers, ...providers: Providers) => {
      TestBed.configureTestingModule({ providers: parent });
      const injector = createEnvironmentInjector(
        providers as EnvironmentProviders[],
        TestBed.inject(EnvironmentInjector),
      );
      return () => injectEventSource({ injector: injector.get(Injector) });
    };

    it.each<[string, ...Providers]>([
      ['there is no provideHttpClient()'],
      ['there is no withSse()', provideHttpClient()],
      ['there is no withSse() beside withFetch()', provideHttpClient(withFetch())],
      ['withFetch() comes after withSse()', provideHttpClient(withSse(), withFetch())],
      ['a later provideHttpClient() has no withSse()', provideHttpClient(withSse()), provideHttpClient(withFetch())],
      [
        'a later provider uses a backend of Angular',
        provideHttpClient(withSse()),
        { provide: HttpBackend, useExisting: HttpXhrBackend },
      ],
    ])('is thrown if %s', (_name, ...providers) => {
      expect(() => injectStreams(...providers, provideSse(withHttpClient()))).toThrow(new Error(message));
    });

    it('is thrown if a child has an HttpClient without withSse()', () => {
      const http = provideHttpClient(withSse());
      expect(child([http], provideHttpClient(), provideSse(withHttpClient()))).toThrow(message);
      TestBed.resetTestingModule();
      expect(child([http], provideHttpClient(withSse()), provideSse(withHttpClient()))).not.toThrow();
      TestBed.resetTestingModule();
      expect(child([http], provideSse(withHttpClient()))).not.toThrow();
    });

    it('is thrown if the requests of a child go to a parent without withSse()', () => {
      const viaParent = provideHttpClient(withRequestsMadeViaParent());
      const sse = provideSse(withHttpClient());
      expect(child([provideHttpClient(withFetch())], viaParent, sse)).toThrow(message);
      TestBed.resetTestingModule();
      expect(child([provideHttpClient(withSse())], viaParent, sse)).not.toThrow();
    });

    it('isn’t thrown if the application has its own backend', () => {
      class Own extends HttpBackend {
        handle(): Observable<HttpEvent<unknown>> {
          return of(new HttpResponse({ body: 'data: own\n\n' }));
        }
      }
      const own = { provide: HttpBackend, useFactory: () => new Own() };
      expect(() => injectStreams(provideHttpClient(), own, provideSse(withHttpClient()))).not.toThrow();
    });
  });

  it('goes through the interceptors of a child and then of its parent, and uses the parent’s withSse()', async () => {
    const mark =
      (name: string): HttpInterceptorFn =>
      (request, next) =>
        next(request.clone({ setHeaders: { 'x-path': `${request.headers.get('x-path') ?? ''}${name}` } }));
    TestBed.configureTestingModule({ providers: [provideHttpClient(withInterceptors([mark('p')]), withSse())] });
    const middle = createEnvironmentInjector(
      [provideHttpClient(withRequestsMadeViaParent(), withInterceptors([mark('m')]))],
      TestBed.inject(EnvironmentInjector),
    );
    const route = createEnvironmentInjector([], middle);
    const injector = createEnvironmentInjector(
      [provideHttpClient(withRequestsMadeViaParent(), withInterceptors([mark('c')])), provideSse(withHttpClient())],
      route,
    );
    const stream = observe(injectEventSource({ injector: injector.get(Injector) })(server.url));
    const exchange = (await server.exchange(0)).open().send('data: a\n\n');
    expect(exchange.request.headers['x-path']).toBe('cmp');
    await stream.first(1);
    injector.destroy();
    await exchange.gone();
    expect(stream.status).toBe('completed');
  });
});

describe('the requests of streams', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  const mark =
    (name: string): HttpInterceptorFn =>
    (request, next) =>
      next(request.clone({ setHeaders: { 'x-path': `${request.headers.get('x-path') ?? ''}${name}` } }));

  it('pass the interceptors of their route if the application has `withHttpClient()` [pitfall 59]', async () => {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(withInterceptors([mark('a')]), withSse()), provideSse(withHttpClient())],
    });
    const app = TestBed.inject(EnvironmentInjector);
    const routed = [provideHttpClient(withInterceptors([mark('r')]), withRequestsMadeViaParent())];
    const route = createEnvironmentInjector(routed, app);
    const paths: unknown[] = [];
    for (const injector of [app, route]) {
      const { subscription } = observe(injectEventSource({ injector: injector.get(Injector) })(server.url));
      const exchange = await server.exchange(paths.length);
      paths.push(exchange.request.headers['x-path']);
      subscription.unsubscribe();
    }
    expect(paths).toEqual(['a', 'ra']);
  });

  it('are rejected in a route whose HttpClient waits for the end of a response, unless they use another `fetch`', () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(withSse()), provideSse(withHttpClient())] });
    const app = TestBed.inject(EnvironmentInjector);
    const route = createEnvironmentInjector([provideHttpClient(withInterceptors([mark('r')]))], app);
    expect(() => injectEventSource({ injector: route.get(Injector) })).toThrow('withSse()');
    const own = createEnvironmentInjector([provideSse(withDefaults({ fetch }))], route);
    expect(() => injectEventSource({ injector: own.get(Injector) })).not.toThrow();
  });

  it('carry the `context` of the stream, as a copy for each attempt', async () => {
    const COUNT = new HttpContextToken(() => 0);
    const seen: number[] = [];
    const spy: HttpInterceptorFn = (request, next) => {
      seen.push(request.context.get(COUNT));
      request.context.set(COUNT, 100);
      return next(request);
    };
    const context = new HttpContext().set(COUNT, 7);
    const eventSource = injectStreams(
      provideHttpClient(withInterceptors([spy]), withSse()),
      provideSse(withHttpClient(), withDefaults({ reconnect: { delay: 0 } })),
    );
    const stream = observe(eventSource(server.url, { context }));
    (await server.exchange(0)).open().end('data: a\n\n');
    (await server.exchange(1)).refuse(204);
    await stream.completed();
    expect(seen).toEqual([7, 7]);
    expect(context.get(COUNT)).toBe(7);
    const without = observe(eventSource(server.url));
    (await server.exchange(2)).refuse(204);
    await without.completed();
    expect(seen).toEqual([7, 7, 0]);
  });

  itChecked('reject an invalid `context`', () => {
    const eventSource = injectStreams(provideHttpClient(withSse()), provideSse(withHttpClient()));
    expect(() => eventSource('/a', { context: {} as never })).toThrow(/an HttpContext for the option `context`/);
  });

  it('keep the `credentials` of the defaults, and the headers of both defaults and stream [pitfall 59]', async () => {
    const seen: HttpRequest<unknown>[] = [];
    const spy: HttpInterceptorFn = (request, next) => {
      seen.push(request);
      return next(request);
    };
    const sent: RequestInit[] = [];
    const eventSource = injectStreams(
      provideHttpClient(
        withInterceptors([spy]),
        withSse({
          fetch: (url: string, init: RequestInit) => {
            sent.push(init);
            return fetch(url, init);
          },
        }),
      ),
      provideSse(withHttpClient(), withDefaults({ credentials: 'include', headers: { authorization: 'Bearer a' } })),
    );
    const stream = observe(eventSource(server.url, { headers: { 'x-tab': '1' } }));
    const exchange = await server.exchange(0);
    expect(exchange.request.headers).toMatchObject({ authorization: 'Bearer a', 'x-tab': '1' });
    exchange.refuse(204);
    await stream.completed();
    expect([seen[0]?.credentials, sent[0]?.credentials]).toEqual(['include', 'include']);
  });
});
