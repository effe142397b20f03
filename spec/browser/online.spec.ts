import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { EventSourceLifecycle } from '../../src/index.js';
import { inPage, lifecycleInPage } from '../support/in-page.js';
import { answerNext, isEvent } from '../support/numbered-stream.js';
import { observe, ofKind } from '../support/observe.js';
import { useChromium } from '../support/page.js';
import { openScope, scopeAssets } from '../support/scopes.js';
import { SseServer } from '../support/sse-server.js';
import { virtualTimeInPage } from '../support/virtual-time-in-page.js';

const HOUR = 3_600_000;
const hourly = { reconnect: { delay: HOUR, maxDelay: HOUR, jitter: 0 } };

// Only Chromium loses the network, by its own emulation. That fails new requests, but keeps open connections, so the
// server must cut those.
describe('a page that goes offline and comes back', () => {
  const chromium = useChromium();
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(exchange => answerNext(exchange), scopeAssets());
  });
  afterEach(() => server.close());

  it('ends an hour-long wait at once, and resumes from its last event ID [pitfall 19]', async () => {
    const { page, context, noise } = await chromium.openPage(server.origin);
    const stream = observe(lifecycleInPage(page, '/stream', hourly));
    await stream.find(isEvent('1'));
    await context.setOffline(true);
    (await server.exchange(0)).cut();
    expect(await stream.find(ofKind('waiting'))).toMatchObject({ delay: HOUR, error: { name: 'ConnectionError' } });

    const back = Date.now();
    await context.setOffline(false);
    expect((await server.exchange(1)).lastEventId).toBe('1');
    // Usually some milliseconds. A slow machine may take longer, but an hour is far away.
    expect(Date.now() - back).toBeLessThan(5000);
    await stream.find(isEvent('2'));

    const once = ['connecting', 'open', 'event'];
    expect(stream.values.map(({ kind }) => kind)).toEqual([...once, 'waiting', ...once]);
    expect(noise).toEqual([expect.stringMatching(/^error: Failed to load resource: net::ERR_/)]);
    stream.subscription.unsubscribe();
    await server.idle();
  });

  it('keeps a stream that is still connected [pitfall 19]', async () => {
    const { page, context } = await chromium.openPage(server.origin);
    const stream = observe(lifecycleInPage(page, '/stream'));
    const exchange = await server.exchange(0);
    await stream.find(isEvent('1'));
    await context.setOffline(true);
    exchange.send('data: offline\n\n');
    await stream.find(isEvent('offline'));
    await context.setOffline(false);
    exchange.send('data: online\n\n');
    await stream.find(isEvent('online'));
    expect(server.exchanges).toHaveLength(1);
  });

  it('retries as its policy says while offline, without reaching the server, and once when it is back online', async () => {
    const { page, context } = await chromium.openPage(server.origin);
    const passTime = await virtualTimeInPage(page);
    const stream = observe(
      inPage(page, () =>
        rxSse.fromEventSourceLifecycle('/stream', { scheduler: virtualTime, reconnect: { delay: 1000, jitter: 0 } }),
      ),
    );
    await stream.find(isEvent('1'));
    await context.setOffline(true);
    (await server.exchange(0)).cut();
    for (const delay of [1000, 2000, 4000]) {
      await stream.find(step => step.kind === 'waiting' && step.delay === delay);
      await passTime();
    }
    expect(await stream.find(step => step.kind === 'waiting' && step.delay === 8000)).toMatchObject({
      attempt: 4,
      error: {
        name: 'ConnectionError',
        message: `The request failed: /stream`,
        cause: { name: 'TypeError' },
      },
    });
    expect(server.exchanges).toHaveLength(1);

    await context.setOffline(false);
    await stream.find(isEvent('2'));
    // The rest of the wait causes no other request.
    await passTime();
    (await server.exchange(1)).send('data: after\n\n');
    await stream.find(isEvent('after'));
    expect(stream.values.filter(ofKind('connecting')).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4]);
    expect(server.exchanges).toHaveLength(2);
  });

  it('connects when the network becomes available, if it was offline at first', async () => {
    const { page, context } = await chromium.openPage(server.origin);
    await context.setOffline(true);
    const stream = observe(lifecycleInPage(page, '/stream', hourly));
    await stream.find(ofKind('waiting'));
    await context.setOffline(false);
    await stream.find(isEvent('1'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'waiting', 'connecting', 'open', 'event']);
    expect(server.exchanges).toHaveLength(1);
  });

  it('can forward `online` to a worker, since Chromium dispatches it only to windows', async () => {
    const { page, context } = await chromium.openPage(server.origin);
    const worker = await openScope('a dedicated worker', page);
    await page.evaluate(() => {
      const channel = new BroadcastChannel('online');
      addEventListener('online', () => channel.postMessage('online'));
    });
    await worker.evaluate(delay => {
      const { fromEventSourceLifecycle, rxjs } = rxSse;
      const wake = rxjs.fromEvent(new BroadcastChannel('online'), 'message');
      const stream$ = fromEventSourceLifecycle('/stream', { reconnect: { delay, maxDelay: delay, wake } });
      const steps$ = new rxjs.ReplaySubject<EventSourceLifecycle>(Infinity);
      stream$.subscribe(steps$);
      Object.assign(globalThis, {
        until: (kind: string) => rxjs.firstValueFrom(steps$.pipe(rxjs.filter(step => step.kind === kind))),
      });
    }, HOUR);
    const until = (kind: string) =>
      worker.evaluate(
        kind => (globalThis as unknown as { until: (kind: string) => Promise<unknown> }).until(kind).then(() => kind),
        kind,
      );
    await until('event');
    await context.setOffline(true);
    (await server.exchange(0)).cut();
    await until('waiting');
    await context.setOffline(false);
    expect((await server.exchange(1)).lastEventId).toBe('1');
  });

  describe('online()', () => {
    const watch = (page: Page) => observe(inPage(page, () => rxSse.online()));

    it('emits whether the page is online: at once, and on each change', async () => {
      const { page, context } = await chromium.openPage(server.origin);
      const observed = watch(page);
      await observed.first(1);
      await context.setOffline(true);
      await observed.first(2);
      expect(await watch(page).first(1)).toEqual([false]);
      await context.setOffline(false);
      expect(await observed.first(3)).toEqual([true, false, true]);
    });

    it('closes a stream with `whileTrue`, and resumes it from its last event ID', async () => {
      const { page, context } = await chromium.openPage(server.origin);
      const events = observe(
        inPage(page, () => rxSse.fromEventSource('/stream').pipe(rxSse.whileTrue(rxSse.online()))),
      );
      await events.first(1);
      await context.setOffline(true);
      await server.idle();
      await context.setOffline(false);
      expect((await events.first(2)).map(({ data }) => data)).toEqual(['1', '2']);
      expect(server.exchanges).toHaveLength(2);
    });
  });
});
