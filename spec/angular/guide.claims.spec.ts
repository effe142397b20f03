/**
 * @jest-environment ./spec/support/jsdom-with-fetch.js
 */
/* eslint jest/no-standalone-expect: off, jest/expect-expect: off -- the expectations of a test are in its scenario */
import '@angular/compiler';
import { wrongStatus } from '#texts';
import {
  HttpEventType,
  type HttpInterceptorFn,
  provideHttpClient,
  withFetch,
  withInterceptors,
} from '@angular/common/http';
import { afterEveryRender, ApplicationRef, Component } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { SseClient } from 'ngx-sse-client';
import { firstValueFrom, map, tap } from 'rxjs';
import {
  eventSourceResource,
  injectEventSource,
  provideSse,
  withDefaults,
  withHttpClient,
  withSse,
} from '../../src/angular/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { initTestBed } from '../support/angular.js';
import { ExampleRun } from '../support/run-examples.js';
import { until } from '../support/until.js';
import { type AngularRun, eventSource, inAngular } from './angular-run.js';

initTestBed();

/** Wraps a test in an application with a server. */
const test = (scenario: (run: AngularRun) => Promise<void>) => async () => {
  const run = await ExampleRun.start(new Map());
  try {
    await inAngular(scenario)(run);
  } finally {
    await run.close();
  }
};

describe('the claims of docs/angular.md', () => {
  it(
    'on signals: after an error of the stream, toSignal’s signal throws it, and a resource keeps its value',
    test(async ({ provide, server }) => {
      provide();
      const [text, resource] = TestBed.runInInjectionContext(() => [
        toSignal(injectEventSource()('/chat')),
        eventSourceResource(() => '/chat', { initial: 'none', reduce: (_, { data }) => data }),
      ]);
      (await server.exchange(0)).refuse(403);
      (await server.exchange(1)).refuse(403);
      await until(() => resource.status() === 'error');
      expect(resource.value()).toBe('none');
      expect(() => text()).toThrow(wrongStatus(403));
    }),
  );

  it('on zoneless: events that arrive together are rendered once [pitfall 36]', async () => {
    const server = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideSse(withDefaults({ fetch: server.fetch }))] });
    let renderings = 0;
    @Component({ selector: 'app-last', template: '{{ text() }}' })
    class Last {
      readonly text = toSignal(injectEventSource()('/chat').pipe(map(({ data }) => data)));

      constructor() {
        afterEveryRender(() => renderings++);
      }
    }
    const fixture = TestBed.createComponent(Last);
    await fixture.whenStable();
    const connection = server.expectConnection('/chat').open();
    renderings = 0;
    for (let chunk = 0; chunk < 100; chunk++) {
      connection.raw(Array.from({ length: 10 }, (_, index) => `data: ${10 * chunk + index}\n\n`).join(''));
      await fixture.whenStable();
      connection.comment();
      await fixture.whenStable();
    }
    expect(renderings).toBe(100);
    expect((fixture.nativeElement as Element).textContent).toBe('999');
    fixture.destroy();
    server.verify();
  });
});

describe('the claims of docs/migrating-from-ngx-sse-client.md', () => {
  it(
    'on HttpClient: an open ngx-sse-client stream leaves it pending and reports progress, ours doesn’t [pitfall 34]',
    test(async ({ open, provide }) => {
      const seen: string[] = [];
      const look: HttpInterceptorFn = (request, next) =>
        next(request).pipe(
          tap(event => {
            if (event.type === HttpEventType.DownloadProgress) {
              seen.push(`${request.url} ${event.partialText}`);
            }
          }),
        );
      provide(provideHttpClient(withFetch(), withInterceptors([look]), withSse()), provideSse(withHttpClient()));
      const application = TestBed.inject(ApplicationRef);
      const texts: string[] = [];

      const theirs = TestBed.inject(SseClient).stream('/theirs', { responseType: 'text' });
      const subscription = theirs.subscribe(text => texts.push(text));
      (await open(0, 'data: a\n\n')).send('data: b\n\n');
      await until(() => texts.length === 2);
      expect(await firstValueFrom(application.isStable)).toBe(false);
      // Each progress event repeats everything received so far.
      expect(seen.at(-1)).toBe('/theirs data: a\n\ndata: b\n\n');
      subscription.unsubscribe();
      await application.whenStable();

      seen.length = texts.length = 0;
      const ours = eventSource('/ours').subscribe(({ data }) => texts.push(data));
      (await open(1, 'data: a\n\n')).send('data: b\n\n');
      await until(() => texts.length === 2);
      await application.whenStable();
      expect(seen).toEqual([]);
      expect(ours.closed).toBe(false);
      ours.unsubscribe();
    }),
  );
});
