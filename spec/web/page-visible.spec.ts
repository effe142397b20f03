import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

/** Runs in a page: subscribes, and reports each event to the server. */
function listen(): Promise<void> {
  const steps = rxSse.fromEventSourceLifecycle('/events', { reconnect: { delay: 100, jitter: 0 } });
  return new Promise(opened =>
    steps.subscribe(step => {
      if (step.kind === 'event') void fetch(`/heard?${step.event.data}-${document.visibilityState}`);
      if (step.kind === 'comment') opened();
    }),
  );
}

// For Chromium, see spec/browser/page-visible.spec.ts: playwright keeps the pages that it opens visible.
const ENGINES = WEB_ENGINES.filter(({ name }) => name !== 'Chromium');

describe.each(ENGINES.map(engine => [engine.name, engine] as const))('a hidden page, in %s', (_name, engine) => {
  const browser = useWebEngine(engine);
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(exchange => {
      if (exchange.request.url === '/events') exchange.open().send(': hello\n\n');
      else exchange.refuse(204);
    }, bundledAssets());
  });
  afterEach(() => server.close());

  const heard = () => server.exchanges.flatMap(({ request }) => request.url?.split('/heard?')[1] ?? []);
  const streams = () => server.exchanges.filter(({ request }) => request.url === '/events');

  it('receives events when they are sent, and reconnects', async () => {
    const page = await browser.openHidden(`${server.origin}/`);
    await page.evaluate(listen);
    await until(() => streams().length === 1);
    streams()[0]?.send('id: 1\ndata: a\n\n');
    await until(() => heard().length === 1);
    streams()[0]?.cut();
    await until(() => streams().length === 2);
    expect(streams()[1]?.lastEventId).toBe('1');
    streams()[1]?.send('data: b\n\n');
    await until(() => heard().length === 2);
    expect(heard()).toEqual(['a-hidden', 'b-hidden']);
    expect(page.noise).toEqual([]);
  });

  it('doesn’t connect with `pageVisible()` until it is shown', async () => {
    const page = await browser.openHidden(`${server.origin}/`);
    await page.evaluate(() => {
      const { fromEventSourceLifecycle, pageVisible } = rxSse;
      fromEventSourceLifecycle('/events', { connectWhile: pageVisible() }).subscribe(
        step => void fetch(`/heard?${step.kind}`),
      );
    });
    await until(() => heard().length === 1);
    expect([heard(), streams()]).toEqual([['paused'], []]);
    await page.show?.();
    await until(() => streams().length === (page.show ? 1 : 0));
    expect(page.noise).toEqual([]);
  });
});
