/** @jest-environment ./spec/support/jsdom-with-fetch.js */
import { initTestBed } from '../support/angular.js';
import {
  FetchBackend,
  HttpBackend,
  HttpClient,
  type HttpEvent,
  type HttpRequest,
  HttpResponse,
  HttpXhrBackend,
  provideHttpClient,
  withFetch,
} from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { withSse, type WithSseOptions } from 'rx-sse/angular';
import { firstValueFrom, type Observable, of } from 'rxjs';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { itChecked } from '../support/checked.js';
import { applicationWithSse, passOn } from './application-with-sse.js';

beforeAll(initTestBed);

let server: SseServer;
beforeEach(async () => {
  server = await SseServer.start();
});
afterEach(() => server.close());

describe('withSse', () => {
  itChecked('rejects options of a wrong type', () => {
    const wrong = (options: unknown) => () => withSse(options as WithSseOptions);
    expect(wrong(null)).toThrow(new TypeError('Expected an object for the option `options`, but got null (object)'));
    expect(wrong({ backend: 'xhr' })).toThrow(
      new TypeError('Expected a class for the option `backend`, but got "xhr" (string)'),
    );
    expect(wrong({ fetch: 1 })).toThrow(
      new TypeError('Expected a function for the option `fetch`, but got 1 (number)'),
    );
    expect(wrong({ backend: undefined, fetch: undefined })).not.toThrow();
  });

  describe('leaves other requests to', () => {
    class Own extends HttpBackend {
      handle(): Observable<HttpEvent<unknown>> {
        return of(new HttpResponse({ body: 'own' }));
      }
    }
    /** Returns the backend that received a request of the application. */
    const used = async (...features: Parameters<typeof provideHttpClient>) => {
      const calls: string[] = [];
      const spied = (name: string, backend: object) =>
        Object.assign(backend, {
          handle: (request: HttpRequest<unknown>) => {
            calls.push(`${name} ${request.urlWithParams}`);
            return of(new HttpResponse({ body: name }));
          },
        });
      TestBed.resetTestingModule().configureTestingModule({
        providers: [provideHttpClient(...features), { provide: Own, useFactory: () => new Own() }],
      });
      spied('xhr', TestBed.inject(HttpXhrBackend));
      const fetchBackend = TestBed.inject(FetchBackend, null, { optional: true });
      if (fetchBackend) spied('fetch', fetchBackend);
      const answer = await firstValueFrom(TestBed.inject(HttpClient).get('/other?a=1', { responseType: 'text' }));
      expect(calls).toEqual(answer === 'own' ? [] : [`${answer} /other?a=1`]);
      return answer;
    };

    it('the default backend of Angular', async () => {
      // XMLHttpRequest in Angular 21, fetch in Angular 22 and later.
      const byItself = await used();
      expect(await used(withSse())).toBe(byItself);
    });

    it('fetch with `withFetch()`', async () => {
      expect(await used(withFetch(), withSse())).toBe('fetch');
    });

    it('the given backend', async () => {
      expect(await used(withFetch(), withSse({ backend: HttpXhrBackend }))).toBe('xhr');
      expect(await used(withSse({ backend: Own }))).toBe('own');
    });
  });

  it('responds to other requests as before while a stream is open', async () => {
    const stream = observe(applicationWithSse(passOn).lifecycle(server.url));
    (await server.exchange(0)).open();
    await stream.find(ofKind('open'));
    const other = firstValueFrom(TestBed.inject(HttpClient).get(`${server.origin}/other`));
    (await server.exchange(1)).refuse(200, { 'access-control-allow-origin': '*' }, '{"a":1}');
    expect(await other).toEqual({ a: 1 });
  });
});
