import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SseServer } from '../support/sse-server.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES } from '../support/web-engine.js';
import { bundledAssets } from '../support/web-scope.js';

const HOUR = 3_600_000;

// The test dispatches the event: no protocol can cut the network in all three browsers. For Chromium without a network, see
// spec/browser/online.spec.ts.
describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))(
  'the event `online`, in %s',
  (_name, engine) => {
    const browser = useWebEngine(engine);
    let server: SseServer;
    beforeEach(async () => {
      server = await SseServer.start(exchange => exchange.open().send('id: 1\ndata: a\n\n'), bundledAssets());
    });
    afterEach(() => server.close());

    it('ends a wait of an hour, and the stream resumes from its last event ID [pitfall 19]', async () => {
      const page = await browser.open(`${server.origin}/`);
      await page.evaluate(
        delay =>
          new Promise<void>(opened => {
            rxSse
              .fromEventSourceLifecycle('/events', { reconnect: { delay, maxDelay: delay, jitter: 0 } })
              .subscribe(step => {
                if (step.kind === 'event') opened();
                if (step.kind === 'waiting') dispatchEvent(new Event('online'));
              });
          }),
        HOUR,
      );
      (await server.exchange(0)).cut();
      expect((await server.exchange(1)).lastEventId).toBe('1');
      // Chromium logs each connection that is cut.
      expect(page.noise.filter(line => !line.includes('net::ERR_'))).toEqual([]);
    });

    it('online() emits the state that the browser reports', async () => {
      const page = await browser.open(`${server.origin}/`);
      expect(await page.evaluate(() => rxSse.rxjs.firstValueFrom(rxSse.online()))).toBe(true);
    });
  },
);
