import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inPage, lifecycleInPage } from '../support/in-page.js';
import { answerNext, isEvent } from '../support/numbered-stream.js';
import { observe, ofKind } from '../support/observe.js';
import { pageAssets } from '../support/page.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { useTabs } from '../support/tabs.js';
import { virtualTimeInPage } from '../support/virtual-time-in-page.js';

describe('a page that is hidden behind another tab', () => {
  const tabs = useTabs();
  let server: SseServer;
  let other: Page;
  let page: Page;
  beforeEach(async () => {
    server = await SseServer.start(exchange => void answer(exchange), pageAssets());
    other = await tabs.open('about:blank');
    page = await tabs.open(server.origin);
  });
  afterEach(() => server.close());

  /**
   * Responds when all earlier exchanges have closed. If two were open at once, the second would never get a response.
   */
  const answer = async (exchange: Exchange) => {
    await Promise.all(server.exchanges.slice(0, exchange.index).map(earlier => earlier.gone()));
    answerNext(exchange);
  };

  const watchVisibility = () => observe(inPage(page, () => rxSse.pageVisible()));

  it('is reported by pageVisible(): at once, and on each change', async () => {
    const visible = watchVisibility();
    await visible.first(1);
    await other.bringToFront();
    await visible.first(2);
    expect(await watchVisibility().first(1)).toEqual([false]);
    await page.bringToFront();
    expect(await visible.first(3)).toEqual([true, false, true]);
  });

  it('keeps its stream by default, and reconnects it [pitfall 18]', async () => {
    const events = observe(inPage(page, () => rxSse.fromEventSource('/stream', { reconnect: { delay: 1 } })));
    const visible = watchVisibility();
    await events.first(1);
    await other.bringToFront();
    await visible.find(value => !value);

    (await server.exchange(0)).send('data: hidden\n\n');
    await events.first(2);
    (await server.exchange(0)).cut();
    await events.first(3);

    await page.bringToFront();
    await visible.first(3);
    (await server.exchange(1)).send('data: shown\n\n');
    expect((await events.first(4)).map(({ data }) => data)).toEqual(['1', 'hidden', '2', 'shown']);
    expect(server.exchanges).toHaveLength(2);
  });

  it('receives the events from while it was frozen, over the same connection', async () => {
    const stream = observe(lifecycleInPage(page, '/stream'));
    const devtools = await page.context().newCDPSession(page);
    await stream.find(ofKind('event'));
    await other.bringToFront();
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    (await server.exchange(0)).send('data: frozen\n\n');
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await stream.find(isEvent('frozen'));
    expect(server.exchanges).toHaveLength(1);
  });

  it('closes and resumes its stream with whileTrue(pageVisible()), without ever having two at once [pitfall 2]', async () => {
    const visible = watchVisibility();
    const events = observe(
      inPage(page, () => rxSse.fromEventSource('/stream').pipe(rxSse.whileTrue(rxSse.pageVisible()))),
    );
    await events.first(1);
    await other.bringToFront();
    await server.idle();
    expect(server.exchanges).toHaveLength(1);

    await page.bringToFront();
    await events.first(2);
    expect((await server.exchange(1)).lastEventId).toBe('1');

    // Switches back and forth as fast as possible, whatever state the stream is in.
    for (let changes = 3; changes < 23; changes += 2) {
      await other.bringToFront();
      await visible.first(changes + 1);
      await page.bringToFront();
      await visible.first(changes + 2);
    }
    await other.bringToFront();
    await visible.first(24);
    await server.idle();
    const delivered = events.values.length;
    await page.bringToFront();
    expect((await events.first(delivered + 1)).map(({ data }) => Number(data))).toEqual(
      Array.from({ length: delivered + 1 }, (_, index) => index + 1),
    );
  });

  it('drops a wait with whileTrue(pageVisible()), and connects at once when shown [pitfall 2] [pitfall 18]', async () => {
    const passTime = await virtualTimeInPage(page);
    const stream = observe(
      inPage(page, () =>
        rxSse
          .fromEventSourceLifecycle('/stream', { scheduler: virtualTime })
          .pipe(rxSse.whileTrue(rxSse.pageVisible())),
      ),
    );
    const visible = watchVisibility();
    await stream.find(ofKind('event'));
    (await server.exchange(0)).cut();
    await stream.find(ofKind('waiting'));

    await other.bringToFront();
    await visible.find(value => !value);
    await passTime();
    await page.bringToFront();
    await stream.find(isEvent('2'));
    await passTime();

    (await server.exchange(1)).send('data: after\n\n');
    await stream.find(isEvent('after'));
    const once = ['connecting', 'open', 'event'];
    expect(stream.values.map(({ kind }) => kind)).toEqual([...once, 'waiting', ...once, 'event']);
    expect(server.exchanges).toHaveLength(2);
  });
});
