import '@angular/compiler';
import { HttpClient, provideHttpClient, withFetch } from '@angular/common/http';
import { Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import {
  bootstrapApplication,
  type BootstrapContext,
  provideClientHydration,
  withHttpTransferCacheOptions,
} from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { injectEventSource, provideSse, withHttpClient, withSse } from 'rx-sse/angular';
import { catchError, EMPTY } from 'rxjs';
import { type Exchange, SseServer } from '../support/sse-server.js';

@Component({ selector: 'app-root', template: `({{ event()?.data }}) {{ other()?.name }}` })
class App {
  readonly event = toSignal(
    injectEventSource()('/stream?a=1', { ssr: 'connect', cache: 'default' }).pipe(catchError(() => EMPTY)),
  );
  readonly other = toSignal(inject(HttpClient).get<{ name: string }>('/other'));
}

describe('withHttpClient in a server-rendered page', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(exchange => {
      if (exchange.request.url === '/other') {
        exchange.refuse(200, { 'content-type': 'application/json' }, '{"name":"the other"}');
      }
    });
    // Silences "Angular is running in development mode."
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    // Angular warns once (NG2801) if the backend isn't a FetchBackend.
    jest.spyOn(console, 'warn');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await server.close();
  });

  const render = () =>
    renderApplication(
      (context: BootstrapContext) =>
        bootstrapApplication(
          App,
          {
            providers: [
              provideServerRendering(),
              provideHttpClient(withFetch(), withSse()),
              provideSse(withHttpClient()),
              provideClientHydration(withHttpTransferCacheOptions({ includePostRequests: true })),
            ],
          },
          context,
        ),
      {
        document: '<html><head></head><body><app-root></app-root></body></html>',
        url: `${server.origin}/page`,
        allowedHosts: ['127.0.0.1'],
      },
    );

  /** Returns the stream's request, whichever of the page's two requests arrives first. */
  const streamRequest = async (page = 0) => {
    const [first, second] = await Promise.all([server.exchange(2 * page), server.exchange(2 * page + 1)]);
    return first.request.url === '/other' ? second : first;
  };

  it('requests from the origin of the page, renders at the headers, leaves no connection and no transfer state', async () => {
    const order: string[] = [];
    const rendered = render();
    void rendered.then(() => order.push('rendered'));
    const stream = await streamRequest();
    expect(stream.request.url).toBe('/stream?a=1');
    order.push('headers');
    stream.open().send('data: first\n\n');
    const html = await rendered;
    await stream.gone();
    expect(order).toEqual(['headers', 'rendered']);
    expect(html).toContain(') the other</app-root>');
    const state = /<script id="ng-state"[^>]*>(.*?)<\/script>/s.exec(html)?.[1];
    expect(state).toContain('the other');
    expect(state).not.toContain('stream?a=1');
    expect(console.warn).not.toHaveBeenCalled();
  });

  it('renders if the stream is refused or its connection breaks', async () => {
    const ends = [(exchange: Exchange) => exchange.refuse(403), (exchange: Exchange) => exchange.cut()];
    for (const [page, end] of ends.entries()) {
      const rendered = render();
      end(await streamRequest(page));
      expect(await rendered).toContain('the other');
    }
    expect(server.exchanges).toHaveLength(4);
    expect(console.warn).not.toHaveBeenCalled();
  });
});
