import '@angular/compiler';
import { Component, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication, type BootstrapContext, provideClientHydration } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { describe, expect, it } from '@jest/globals';
import { eventSourceResource, type EventSourceResourceRequest, withTransferState } from '../../src/angular/index.js';
import type { SseServer } from '../support/sse-server.js';
import { useRenderingServer } from '../support/use-rendering-server.js';

const template = `({{ texts.value() }}) {{ texts.status() }}`;

/** Returns the state that Angular puts into the page for the browser. */
function handedOver(html: string): Record<string, unknown> {
  const [, json = '{}'] = /<script id="ng-state" type="application\/json">(.*?)<\/script>/.exec(html) ?? [];
  const state = JSON.parse(json) as Record<string, unknown>;
  delete state['__nghData__'];
  return state;
}

describe('an eventSourceResource with `withTransferState`, on the server', () => {
  let server: SseServer;
  useRenderingServer(started => (server = started));

  function render(options: Partial<EventSourceResourceRequest> = {}): Promise<string> {
    const request = { url: server.url, ssr: 'connect', ...options } as const;
    @Component({ selector: 'app-root', template })
    class App {
      readonly texts = eventSourceResource(() => request, {
        transfer: withTransferState('texts'),
        initial: '-',
        reduce: (all, event) => all + event.data,
      });
    }
    return renderApplication(
      (context: BootstrapContext) =>
        bootstrapApplication(
          App,
          { providers: [provideZonelessChangeDetection(), provideServerRendering(), provideClientHydration()] },
          context,
        ),
      { document: '<html><head></head><body><app-root></app-root></body></html>', url: '/' },
    );
  }

  it('waits for the first events, transfers value and position, and leaves no connection', async () => {
    const rendering = render();
    (await server.exchange(0)).open().send('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    const html = await rendering;
    expect(html).toContain('(-ab) resolved');
    expect(handedOver(html)).toEqual({ 'rx-sse texts': { value: '-ab', lastEventId: '2' } });
    await server.idle();
  });

  it.each<[string, (exchange: Awaited<ReturnType<SseServer['exchange']>>) => void, string]>([
    ['is refused', exchange => exchange.refuse(404), '(-) error'],
    ['has no content', exchange => exchange.refuse(204), '(-) resolved'],
  ])('doesn’t wait for a stream that %s', async (_what, answer, shown) => {
    const rendering = render();
    answer(await server.exchange(0));
    const html = await rendering;
    expect(html).toContain(shown);
    expect(handedOver(html)).toEqual({});
    await server.idle();
  });

  it('waits a second for a server that sends nothing, and transfers nothing', async () => {
    const startedAt = performance.now();
    const rendering = render();
    (await server.exchange(0)).open();
    const html = await rendering;
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(html).toContain('(-) resolved');
    expect(handedOver(html)).toEqual({});
    await server.idle();
  });

  it("doesn't connect or wait with `ssr: 'idle'`, and transfers nothing", async () => {
    const html = await render({ ssr: 'idle' });
    expect(html).toContain('(-) loading');
    expect(handedOver(html)).toEqual({});
    expect(server.exchanges).toEqual([]);
  });
});
