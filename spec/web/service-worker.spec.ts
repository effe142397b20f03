import { afterEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

/** A worker that answers each request with what the network answers; if it excludes streams, all but these. */
const worker = (excludesStreams: boolean) => `
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', event => event.waitUntil(clients.claim()));
  addEventListener('fetch', event => {
    if (${excludesStreams} && event.request.headers.get('accept') === 'text/event-stream') return;
    event.respondWith(fetch(event.request));
  });`;

/** Runs in a page: starts the worker, and reads one event when the worker has the page. */
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

  it('that excludes streams leaves them alone: what is let go, the server sees go', async () => {
    const page = await open(true);
    expect(await page.evaluate(readOne)).toBe('a');
    await until(() => server.exchanges.length === 1 && server.liveExchanges === 0);
    expect(page.noise).toEqual([]);
  });

  // docs/troubleshooting.md says so: Firefox tells a service worker of no abort, neither of a fetch nor of an EventSource.
  it(`that passes streams on does so at once, and ${name === 'Firefox' ? 'holds' : 'lets go'} what is let go`, async () => {
    const page = await open(false);
    expect(await page.evaluate(readOne)).toBe('a');
    if (name !== 'Firefox') await until(() => server.liveExchanges === 0);
    // Had it gone, it would have gone before the answer to this.
    else
      await page.evaluate(() =>
        fetch('/')
          .then(response => response.text())
          .then(() => undefined),
      );
    expect(server.liveExchanges).toBe(name === 'Firefox' ? 1 : 0);
  });
});
