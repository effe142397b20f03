import '@angular/compiler';
import { Component } from '@angular/core';
import { bootstrapApplication, type BootstrapContext } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventSourceResource } from '../../src/angular/index.js';
import { SseServer } from '../support/sse-server.js';

describe('eventSourceResource in a server-rendered page', () => {
  let server: SseServer;
  const signals: AbortSignal[] = [];
  beforeEach(async () => {
    signals.length = 0;
    server = await SseServer.start(exchange => exchange.open().send('data: x\n\n'));
  });
  afterEach(() => server.close());

  function render(ssr: 'idle' | 'connect'): Promise<string> {
    const { url } = server;
    const fetchIt = (url: string, init: RequestInit) => {
      if (init.signal) signals.push(init.signal);
      return fetch(url, init);
    };

    @Component({ selector: 'app-root', template: `({{ texts.value() }}) {{ texts.status() }}` })
    class App {
      readonly texts = eventSourceResource(() => ({ url, ssr, fetch: fetchIt }), {
        initial: '-',
        reduce: (all, event) => all + event.data,
      });
    }
    return renderApplication(
      (context: BootstrapContext) => bootstrapApplication(App, { providers: [provideServerRendering()] }, context),
      { document: '<app-root></app-root>', url: '/' },
    );
  }

  it('renders its initial value without a connection', async () => {
    expect(await render('idle')).toContain('(-) loading');
    expect(signals).toEqual([]);
  });

  it("with `ssr: 'connect'`, connects, renders without waiting for an event, and leaves no connection", async () => {
    expect(await render('connect')).toContain('(-) loading');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await server.idle();
  });
});
