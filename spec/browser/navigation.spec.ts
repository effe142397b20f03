import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, chromium as playwright, type Frame, type Page } from 'playwright-core';
import { findChromium } from '../support/chromium.js';
import { pageAssets, useChromium } from '../support/page.js';
import { type Assets, type Exchange, SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

/** The server sees the connections go within so many ms of the page's going; on an idle machine it takes some milliseconds. */
const WITHIN = 1000;

declare global {
  /** What happened in the pages that were left, kept in one that stays. */
  var log: string[];
  /** When the last `pagehide` was. */
  var leftAt: number;
}

const PAGE: Assets[string] = { type: 'text/html', body: '', ...pageAssets()['/'] };
const ASSETS = { ...pageAssets(), '/next': PAGE };

/** A stream in each state, and what else a page asks for. */
const answer = (exchange: Exchange) => {
  const { request, response } = exchange;
  if (request.url === '/events') exchange.open().send('id: 1\ndata: a\n\n');
  if (request.url === '/refused') response.writeHead(202).write('x');
  if (request.url === '/ended') exchange.open().end();
  if (/marker|nothing|shown|log/.test(request.url ?? '')) response.writeHead(204).end();
  // Unlike the assets, it may be stored.
  if (request.url === '/kept') response.writeHead(200, { 'content-type': PAGE.type }).end(PAGE.body);
  if (request.url === '/file') response.writeHead(200, { 'content-disposition': 'attachment' }).end('x');
};

/**
 * Runs in a page that is going to be left: a stream in each state, and a component that forgets all about them. It writes to the
 * log of the page that opened or holds it.
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

/** Runs in a page: records what the stream of `/events` does, and tells the server when the event `z` has come. */
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

  /** A page that stays, and what all pages of its context have to say. */
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
      // There is a page to go back to.
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
    ['a window that goes elsewhere', 'window', frame => frame.evaluate(() => location.assign('/next'))],
    [
      'a window that goes to another origin',
      'window',
      frame => frame.evaluate(() => location.assign(`http://localhost:${location.port}/next`)),
    ],
    ['a window that goes back', 'window', frame => frame.evaluate(() => history.back())],
    ['a window that is reloaded', 'window', frame => frame.evaluate(() => location.reload())],
    ['a window that closes itself', 'window', frame => frame.evaluate(() => window.close())],
    ['a window that the user closes', 'window', frame => frame.page().close({ runBeforeUnload: true })],
    ['a frame that goes elsewhere', 'frame', frame => frame.evaluate(() => location.assign('/next'))],
    [
      'a frame that is removed',
      'frame',
      (_frame, keeper) => keeper.evaluate(() => document.querySelector('iframe')?.remove()),
    ],
  ];

  it.each(LEAVE)('%s: the streams end, and nothing is said of it [pitfall 21]', async (name, kind, leave) => {
    const { page, noise } = await openKeeper();
    const frame = await open[kind](page);
    await frame.evaluate(listen);
    await until(() => server.liveExchanges === 4);
    const before = await page.evaluate(() => log.length);
    await leave(frame, page);
    await until(() => server.liveExchanges === 0);
    const goneAt = Date.now();
    // Had anything been left, it would come before the marker.
    await page.evaluate(() => fetch('/marker'));
    const said = await page.evaluate(() => log);
    // A window that closes itself loses its connections before it is hidden.
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
  });

  it.each([
    ['has no content', '/nothing'],
    ['is a download', '/file'],
  ])('is there again where the answer to the navigation %s: the stream goes on', async (_what, url) => {
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

describe('a page that is kept to come back to', () => {
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

  /** A page that has a stream and is left. */
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

  it('is frozen with its stream: what comes meanwhile is delivered on the return, over the same connection', async () => {
    stream.send('id: 2\ndata: b\n\n');
    await page.evaluate(() => history.back());
    expect((await server.exchange(2)).request.url).toBe('/shown');
    stream.send('id: 3\ndata: z\n\n');
    expect((await server.exchange(3)).request.url).toBe('/log?connecting,open,a,left,b,z');
  });

  it('resumes on the return, where the connection was lost meanwhile', async () => {
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

  it('is dropped by Chromium where more comes than it keeps: the connection goes, and nothing reconnects', async () => {
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
