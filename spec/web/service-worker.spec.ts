import { afterEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

/** A worker that forwards each request to the network, except for streams if it excludes them. */
const worker = (excludesStreams: boolean) => `
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', event => event.waitUntil(clients.claim()));
  addEventListener('fetch', event => {
    if (${excludesStreams} && event.request.headers.get('accept') === 'text/event-stream') return;
    event.respondWith(fetch(event.request));
  });`;

/** Runs in a page: starts the worker, and reads one event when the worker controls the page. */
async function readOne(): Promise<string> {
  const controlled = new Promise(resolve => (navigator.serviceWorker.oncontrollerchange = resolve));
  await navigator.serviceWorker.register('/service-worker.js');
  await controlled;
  return (await rxSse.rxjs.firstValueFrom(rxSse.fromEventSource('/events'))).data;
}

describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))('a service worker, in %s', (name, engine) => {
  const browser = useWebEngine(engine);
  let server: SseServer;
  afterEach(() => server.close());

  async function open(excludesStreams: boolean) {
    server = await SseServer.start(exchange => exchange.open().send('data: a\n\n'), {
      ...bundledAssets(),
      '/service-worker.js': { type: 'text/javascript', body: worker(excludesStreams) },
    });
    return browser.open(`${server.origin}/`);
  }

  it('that excludes streams leaves them alone: the server sees a stream close when the page closes it', async () => {
    const page = await open(true);
    expect(await page.evaluate(readOne)).toBe('a');
    await until(() => server.exchanges.length === 1 && server.liveExchanges === 0);
    expect(page.noise).toEqual([]);
  });

  // See docs/troubleshooting.md: in Firefox, a service worker isn't notified when a fetch or an EventSource is aborted.
  it(`that forwards streams does so at once, and ${name === 'Firefox' ? 'holds' : 'lets go'} a stream that the page closes`, async () => {
    const page = await open(false);
    expect(await page.evaluate(readOne)).toBe('a');
    if (name !== 'Firefox') await until(() => server.liveExchanges === 0);
    // A closed stream would have closed before the response to this request.
    else
      await page.evaluate(() =>
        fetch('/')
          .then(response => response.text())
          .then(() => undefined),
      );
    expect(server.liveExchanges).toBe(name === 'Firefox' ? 1 : 0);
  });
});
