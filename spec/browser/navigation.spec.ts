import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, chromium as playwright, type Frame, type Page } from 'playwright-core';
import { findChromium } from '../support/chromium.js';
import { pageAssets, useChromium } from '../support/page.js';
import { type Assets, type Exchange, SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

/**
 * The server must see the connections close within this many ms after the page is left. An idle machine takes some
 * milliseconds.
 */
const WITHIN = 1000;

declare global {
  /** The log of the pages that were left, kept in a page that stays. */
  var log: string[];
  /** The time of the last `pagehide`. */
  var leftAt: number;
}

const PAGE: Assets[string] = { type: 'text/html', body: '', ...pageAssets()['/'] };
const ASSETS = { ...pageAssets(), '/next': PAGE };

/** The responses for a stream in each state, and for the other requests of a page. */
const answer = (exchange: Exchange) => {
  const { request, response } = exchange;
  if (request.url === '/events') exchange.open().send('id: 1\ndata: a\n\n');
  if (request.url === '/refused') response.writeHead(202).write('x');
  if (request.url === '/ended') exchange.open().end();
  if (/marker|nothing|shown|log/.test(request.url ?? '')) response.writeHead(204).end();
  // Unlike the assets, this response may be stored.
  if (request.url === '/kept') response.writeHead(200, { 'content-type': PAGE.type }).end(PAGE.body);
  if (request.url === '/file') response.writeHead(200, { 'content-disposition': 'attachment' }).end('x');
};

/**
 * Runs in a page that will be left: a stream in each state, and a component that never unsubscribes. It writes to the
 * log of the page that opened it or contains it.
 */
function listen(): Promise<unknown> {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  const keeper = (opener ?? parent) as typeof globalThis;
  keeper.log = [];
  const streams = [
    fromEventSourceLifecycle('/events', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/events', { reconnect: false }),
    fromEventSourceLifecycle('/silent', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/refused', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/ended', { reconnect: { delay: 3_600_000 } }),
  ];
  const settled = ['event', 'event', 'connecting', 'connecting', 'waiting'];
  addEventListener('pagehide', () => {
    keeper.leftAt = Date.now();
    keeper.log.push('left');
  });
  addEventListener('error', ({ message }) => keeper.log.push(`uncaught: ${message}`));
  addEventListener('unhandledrejection', ({ reason }) => keeper.log.push(`unhandled: ${String(reason)}`));
  return Promise.all(
    streams.map((stream, index) => {
      const steps = new rxjs.ReplaySubject<string>(Infinity);
      stream.subscribe({
        next: step => {
          keeper.log.push(`${index} ${step.kind}`);
          steps.next(step.kind);
        },
        error: (error: unknown) => keeper.log.push(`${index} error: ${String(error)}`),
        complete: () => keeper.log.push(`${index} complete`),
      });
      return rxjs.firstValueFrom(steps.pipe(rxjs.filter(kind => kind === settled[index])));
    }),
  );
}

/** Runs in a page: records the steps of the stream `/events`, and reports them to the server after the event `z`. */
function record(): Promise<unknown> {
  const entries: string[] = [];
  addEventListener('pagehide', () => entries.push('left'));
  addEventListener('pageshow', ({ persisted }) => persisted && void fetch('/shown'));
  return new Promise(started => {
    rxSse.fromEventSourceLifecycle('/events', { reconnect: { delay: 0 } }).subscribe(step => {
      entries.push(step.kind === 'event' ? step.event.data : step.kind);
      if (entries.at(-1) === 'a') started(undefined);
      if (entries.at(-1) === 'z') void fetch(`/log?${entries.join()}`);
    });
  });
}

describe('a page that is left', () => {
  const chromium = useChromium();
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(answer, ASSETS);
  });
  afterEach(() => server.close());

  /** Opens a page that stays, and collects the console messages and errors of all pages in its context. */
  async function openKeeper() {
    const { page, context } = await chromium.openPage(server.origin);
    const noise: string[] = [];
    context.on('console', message => noise.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', error => noise.push(`uncaught: ${String(error.error())}`));
    return { page, noise };
  }

  const open = {
    async window(keeper: Page): Promise<Frame> {
      const opened = keeper.waitForEvent('popup');
      await keeper.evaluate(() => void window.open('/next'));
      const popup = await opened;
      await popup.waitForURL('**/next');
      // Now there is a page to go back to.
      await popup.goto(`${server.origin}/`);
      return popup.mainFrame();
    },
    async frame(keeper: Page): Promise<Frame> {
      const attached = keeper.waitForEvent('frameattached');
      await keeper.evaluate(
        () =>
          new Promise(loaded => {
            const frame = document.createElement('iframe');
            frame.onload = loaded;
            frame.src = '/';
            document.body.append(frame);
          }),
      );
      return attached;
    },
  };

  const LEAVE: [string, keyof typeof open, (frame: Frame, keeper: Page) => Promise<unknown>][] = [
    ['a window that navigates to another page', 'window', frame => frame.evaluate(() => location.assign('/next'))],
    [
      'a window that navigates to another origin',
      'window',
      frame => frame.evaluate(() => location.assign(`http://localhost:${location.port}/next`)),
    ],
    ['a window that goes back', 'window', frame => frame.evaluate(() => history.back())],
    ['a window that is reloaded', 'window', frame => frame.evaluate(() => location.reload())],
    ['a window that closes itself', 'window', frame => frame.evaluate(() => window.close())],
    ['a window that the user closes', 'window', frame => frame.page().close({ runBeforeUnload: true })],
    ['a frame that navigates to another page', 'frame', frame => frame.evaluate(() => location.assign('/next'))],
    [
      'a frame that is removed',
      'frame',
      (_frame, keeper) => keeper.evaluate(() => document.querySelector('iframe')?.remove()),
    ],
  ];

  it.each(LEAVE)(
    '%s: its streams end without another step, an error or a console message [pitfall 21]',
    async (name, kind, leave) => {
      const { page, noise } = await openKeeper();
      const frame = await open[kind](page);
      await frame.evaluate(listen);
      await until(() => server.liveExchanges === 4);
      const before = await page.evaluate(() => log.length);
      await leave(frame, page);
      await until(() => server.liveExchanges === 0);
      const goneAt = Date.now();
      // Anything left behind would come before the marker.
      await page.evaluate(() => fetch('/marker'));
      const said = await page.evaluate(() => log);
      // A window that closes itself loses its connections before `pagehide`.
      const took = Math.max(0, goneAt - (await page.evaluate(() => leftAt)));
      process.stdout.write(`${name}: the connections are gone after ${took} ms\n`);
      expect(took).toBeLessThan(WITHIN);
      expect(said.slice(before)).toEqual(['left']);
      expect(server.exchanges.map(({ request }) => request.url).sort()).toEqual([
        '/ended',
        '/events',
        '/events',
        '/marker',
        '/refused',
        '/silent',
      ]);
      expect(noise).toEqual([]);
    },
  );

  it.each([
    ['has no content', '/nothing'],
    ['is a download', '/file'],
  ])('keeps its stream if the response to the navigation %s', async (_what, url) => {
    const { page, noise } = await chromium.openPage(server.origin);
    await page.evaluate(record);
    const stream = await server.exchange(0);
    const answered = page.waitForEvent('response', response => response.url().endsWith(url));
    await page.evaluate(to => location.assign(to), url);
    await answered;
    stream.send('data: z\n\n');
    expect((await server.exchange(2)).request.url).toBe('/log?connecting,open,a,z');
    expect(noise).toEqual([]);
  });
});

describe('a page in the back/forward cache', () => {
  let browser: Browser;
  let server: SseServer;
  let page: Page;
  let stream: Exchange;
  beforeAll(async () => {
    browser = await playwright.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });
  afterAll(() => browser.close());

  /** Opens a page with a stream, and leaves it. */
  beforeEach(async () => {
    server = await SseServer.start(answer, ASSETS);
    page = await browser.newPage();
    await page.goto(`${server.origin}/kept`);
    await page.evaluate(record);
    stream = await server.exchange(1);
    await page.goto(`${server.origin}/next`);
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  it('keeps its connection while frozen, and receives the events from that time when it returns', async () => {
    stream.send('id: 2\ndata: b\n\n');
    await page.evaluate(() => history.back());
    expect((await server.exchange(2)).request.url).toBe('/shown');
    stream.send('id: 3\ndata: z\n\n');
    expect((await server.exchange(3)).request.url).toBe('/log?connecting,open,a,left,b,z');
  });

  it('resumes when it returns if the connection was lost meanwhile', async () => {
    stream.send('id: 2\ndata: b\n\n');
    await page.evaluate(() => fetch('/marker'));
    stream.cut();
    await page.evaluate(() => history.back());
    await until(() => server.exchanges.length === 5);
    const resumed = server.exchanges.find(({ request, index }) => request.url === '/events' && index > 1);
    expect(resumed?.lastEventId).toBe('2');
    resumed?.send('data: z\n\n');
    const { request } = await server.exchange(5);
    expect(request.url).toBe('/log?connecting,open,a,left,b,waiting,connecting,open,a,z');
  });

  it('is dropped by Chromium if it receives too much data: the connection closes, and nothing reconnects', async () => {
    const comment = `: ${'x'.repeat(64 * 1024)}\n`;
    const flood = () => {
      if (!stream.response.destroyed) stream.response.write(comment, flood);
    };
    flood();
    await server.idle();
    await page.evaluate(() => fetch('/marker'));
    expect(server.exchanges.map(({ request }) => request.url)).toEqual(['/kept', '/events', '/marker']);
  });
});
