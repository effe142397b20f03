import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, chromium as playwright, type Page } from 'playwright-core';
import { findChromium } from '../support/chromium.js';
import { inPage } from '../support/in-page.js';
import { isEvent } from '../support/numbered-stream.js';
import { observe, ofKind } from '../support/observe.js';
import { pageAssets } from '../support/page.js';
import { type Assets, type Exchange, SseServer } from '../support/sse-server.js';
import { useTabs } from '../support/tabs.js';
import { TcpRelay } from '../support/tcp-relay.js';
import { until } from '../support/until.js';
import { virtualTimeInPage } from '../support/virtual-time-in-page.js';

/** A stream must be back within this many milliseconds. */
const SOON = 1000;

describe('a tab that was hidden', () => {
  const tabs = useTabs();
  let server: SseServer;
  let relay: TcpRelay;
  let other: Page;
  let page: Page;
  /** The number of events so far. Each event has its number as its id and as its data. */
  let last: number;
  const listening = new Set<Exchange>();

  /** Sends the events after the requested position, and then each new event. */
  const answer = (exchange: Exchange) => {
    exchange.open();
    for (let number = Number(exchange.lastEventId ?? 0) + 1; number <= last; number++) send(exchange, number);
    listening.add(exchange);
  };
  const send = (exchange: Exchange, number: number) => exchange.send(`id: ${number}\ndata: ${number}\n\n`);
  const publish = () => {
    last++;
    listening.forEach(exchange => send(exchange, last));
  };

  beforeEach(async () => {
    last = 0;
    listening.clear();
    server = await SseServer.start(answer, pageAssets());
    relay = await TcpRelay.start(server.port);
    other = await tabs.open('about:blank');
    page = await tabs.open(relay.origin);
    await virtualTimeInPage(page);
  });
  afterEach(async () => {
    await relay.close();
    await server.close();
  });

  /** Opens a stream that is renewed when the page resumes. The time for which the page is hidden is virtual. */
  const openStream = (connectTimeout: number) =>
    observe(
      inPage(
        page,
        connectTimeout =>
          rxSse.fromEventSourceLifecycle('/stream', {
            renew: rxSse.pageResumed({ scheduler: virtualTime }),
            connectTimeout,
            reconnect: { delay: 1, jitter: 0 },
          }),
        connectTimeout,
      ),
    );
  const pass = (time: number) =>
    page.evaluate(time => {
      virtualTime.maxFrames = virtualTime.now() + time;
      // Schedules a task at the very end, so that the virtual time stops there.
      virtualTime.schedule(() => undefined, time);
      virtualTime.flush();
    }, time);
  const hide = async () => {
    const visible = observe(inPage(page, () => rxSse.pageVisible()));
    await other.bringToFront();
    await visible.find(value => !value);
    visible.subscription.unsubscribe();
  };
  const dataOf = (stream: ReturnType<typeof openStream>) =>
    stream.values.filter(ofKind('event')).map(({ event }) => event.data);
  const numbers = () => Array.from({ length: last }, (_, index) => String(index + 1));

  /**
   * Stalls the connection of the stream, or all connections of the browser: no byte gets through, and none is closed.
   */
  const goMute = async (all: boolean) => {
    const { socket } = (await server.exchange(0)).request;
    const ofStream = relay.connections.filter(connection => connection.server.localPort === socket.remotePort);
    for (const connection of all ? relay.connections : ofStream) connection.make('stall');
    const [connection] = ofStream;
    const before = connection?.server.bytesRead ?? 0;
    publish();
    publish();
    await until(() => (connection?.server.bytesRead ?? 0) > before);
  };

  it('replaces a stalled stream within a second of being shown, without a lost or doubled event [pitfall 44]', async () => {
    const stream = openStream(10_000);
    publish();
    await stream.find(isEvent('1'));
    publish();
    await stream.find(isEvent('2'));

    await hide();
    await goMute(false);
    await pass(30_000);
    expect(dataOf(stream)).toEqual(['1', '2']);

    const shownAt = Date.now();
    await page.bringToFront();
    await stream.find(isEvent('4'));
    const took = Date.now() - shownAt;
    process.stdout.write(`the stream is back after ${took} ms\n`);
    expect(took).toBeLessThan(SOON);

    publish();
    await stream.find(isEvent('5'));
    expect(dataOf(stream)).toEqual(numbers());
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '2']);
    // A renewal isn't a failure.
    expect(stream.values.filter(ofKind('waiting'))).toEqual([]);
  });

  it('replaces it after `connectTimeout` if the new request gets a stalled connection of the pool [pitfall 44]', async () => {
    const stream = openStream(300);
    publish();
    await stream.find(isEvent('1'));
    // A second connection, which the browser keeps for the next request.
    await page.evaluate(() => fetch('/rx-sse.js', { cache: 'no-store' }).then(response => response.text()));
    await hide();
    await goMute(true);
    await pass(30_000);
    await page.bringToFront();
    await stream.find(isEvent('3'));
    expect(dataOf(stream)).toEqual(numbers());
    for (const { error } of stream.values.filter(ofKind('waiting'))) {
      expect(error).toMatchObject({ name: 'EventSourceTimeoutError' });
    }
  });

  it('keeps its stream if it was hidden for less than 30 s', async () => {
    const stream = openStream(10_000);
    publish();
    await stream.find(isEvent('1'));
    await hide();
    await pass(29_999);
    await page.bringToFront();
    await observe(inPage(page, () => rxSse.pageVisible())).find(value => value);
    publish();
    await stream.find(isEvent('2'));
    expect(server.exchanges).toHaveLength(1);
  });

  it('makes `pageResumed` emit once, even if it was frozen as well', async () => {
    const devtools = await page.context().newCDPSession(page);
    const events = observe(
      inPage(page, () => {
        const { fromEvent, map, merge, of } = rxSse.rxjs;
        const names = ['resume', 'freeze', 'visibilitychange'].map(name =>
          fromEvent(document, name).pipe(map(() => `${name} ${document.visibilityState}`)),
        );
        const resumed = rxSse.pageResumed({ scheduler: virtualTime }).pipe(map(() => 'resumed'));
        return merge(...names, resumed, of('listening'));
      }),
    );
    await events.first(1);
    await hide();
    await events.find(name => name === 'visibilitychange hidden');
    await pass(60_000);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await page.bringToFront();
    await events.find(name => name === 'visibilitychange visible');
    expect(events.values.filter(name => name === 'freeze hidden')).toHaveLength(1);
    expect(events.values.filter(name => name.startsWith('resume '))).toHaveLength(1);
    expect(events.values.filter(name => name === 'resumed')).toHaveLength(1);
  });
});

describe('a page that returns from the back/forward cache', () => {
  const PAGE: Assets[string] = { type: 'text/html', body: '', ...pageAssets()['/'] };
  let browser: Browser;
  let server: SseServer;
  beforeAll(async () => {
    browser = await playwright.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await SseServer.start(
      // Unlike the assets, this response may be stored.
      ({ request, response }) =>
        request.url === '/kept'
          ? response.writeHead(200, { 'content-type': PAGE.type }).end(PAGE.body)
          : response.writeHead(204).end(),
      { ...pageAssets(), '/next': PAGE },
    );
  });
  afterEach(() => server.close());

  it('makes `pageResumed` emit once [pitfall 44]', async () => {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/kept`);
    await page.evaluate(() => {
      const seen: string[] = [];
      rxSse.pageResumed().subscribe(() => seen.push('resumed'));
      const tell = (name: string) => {
        seen.push(name);
        // Reports after both events have fired.
        if (seen.includes('pageshow') && seen.includes('visible')) void fetch(`/seen?${seen.join()}`);
      };
      addEventListener('pageshow', ({ persisted }) => persisted && tell('pageshow'));
      document.addEventListener('visibilitychange', () => !document.hidden && tell('visible'));
    });
    await page.goto(`${server.origin}/next`);
    await page.evaluate(() => history.back());
    const { url } = (await server.exchange(1)).request;
    expect(url?.match(/resumed|pageshow|visible/g)?.sort()).toEqual(['pageshow', 'resumed', 'visible']);
    await page.close();
  });
});
