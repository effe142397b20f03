import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';
import { useWebEngine } from '../support/use-web-engine.js';
import { WEB_ENGINES, type WebPage } from '../support/web-engine.js';
import { bundledAssets, openWebScope } from '../support/web-scope.js';

/** The delay of a slow response to a navigation, in milliseconds. Meanwhile, tasks run in the page that is left. */
const SLOW = 500;

const ASSETS = bundledAssets();
const { type = '', body = '' } = ASSETS['/'] ?? {};

/** Responds with a stream in each state, and to the other requests of a page. */
const answer = (exchange: Exchange) => {
  const { request, response } = exchange;
  const [path] = (request.url ?? '').split('?');
  const page = () => response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  if (path === '/events')
    exchange.open().send(exchange.lastEventId === '1' ? 'id: 2\ndata: z\n\n' : 'id: 1\ndata: a\n\n');
  if (path === '/refused') response.writeHead(202).write('x');
  if (path === '/ended') exchange.open().end();
  if (path === '/next') page();
  if (path === '/slow') setTimeout(page, SLOW);
  // Unlike the others, the browser may store this page.
  if (path === '/kept')
    response.writeHead(200, { 'content-type': type }).end(`${String(body)}<script>(${record.toString()})()</script>`);
  if (path === '/nothing' || path === '/log') response.writeHead(204).end();
  if (path === '/file') response.writeHead(200, { 'content-disposition': 'attachment' }).end('x');
};
const STREAMS = ['/events', '/events', '/silent', '/refused', '/ended'];

/**
 * Runs in a page that will be left: subscribes to a stream in each state, and never unsubscribes. Stores every step at once, for the next page.
 */
function listen(): Promise<unknown> {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  const note = (entry: string) => localStorage.setItem('log', `${localStorage.getItem('log') ?? ''}${entry}\n`);
  const streams = [
    fromEventSourceLifecycle('/events', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/events', { reconnect: false }),
    fromEventSourceLifecycle('/silent', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/refused', { reconnect: { delay: 0 } }),
    fromEventSourceLifecycle('/ended', { reconnect: { delay: 3_600_000 } }),
  ];
  const settled = ['event', 'event', 'connecting', 'connecting', 'waiting'];
  addEventListener('error', ({ message }) => note(`uncaught: ${message}`));
  addEventListener('unhandledrejection', ({ reason }) => note(`unhandled: ${String(reason)}`));
  return Promise.all(
    streams.map((stream, index) => {
      const steps = new rxjs.ReplaySubject<string>(Infinity);
      stream.subscribe({
        next: step => {
          note(`${index} ${step.kind}`);
          steps.next(step.kind);
        },
        error: (error: unknown) => note(`${index} error: ${String(error)}`),
        complete: () => note(`${index} complete`),
      });
      return rxjs.firstValueFrom(steps.pipe(rxjs.filter(kind => kind === settled[index])));
    }),
  ).then(() => note('settled'));
}

/** Runs in a page: does the work after this call has returned, because it may unload the page. */
const later = (work: string) => void setTimeout(() => void (0, eval)(work));

/** Runs in a page: records the steps of the stream of `/events`, and sends them to the server after the event `z`. */
function record(): Promise<void> {
  const entries: string[] = [];
  addEventListener('pageshow', ({ persisted }) => persisted && entries.push('shown'));
  return new Promise(started => {
    rxSse.fromEventSourceLifecycle('/events', { reconnect: { delay: 0 } }).subscribe(step => {
      entries.push(step.kind === 'event' ? step.event.data : step.kind);
      if (entries.at(-1) === 'a') started();
      if (entries.at(-1) === 'z') void fetch(`/log?${entries.join()}`);
    });
  });
}

const openFrame = () =>
  new Promise<void>(loaded => {
    const frame = document.createElement('iframe');
    frame.onload = () => loaded();
    frame.src = '/';
    document.body.append(frame);
  });

type Leave = (page: WebPage, origin: string) => Promise<void>;
const by =
  (work: string): Leave =>
  page =>
    page.evaluate(later, work);

const WINDOW: [string, Leave][] = [
  ['navigates to another page', by(`location.assign('/next')`)],
  ['navigates to a page whose response is slow', by(`location.assign('/slow')`)],
  ['navigates to another origin', by(`location.assign('http://localhost:' + location.port + '/next')`)],
  ['follows a link', by(`Object.assign(document.createElement('a'), { href: '/slow' }).click()`)],
  ['is navigated by the user', (page, origin) => page.goto(`${origin}/slow`)],
  ['goes back', by(`history.back()`)],
  ['is reloaded', by(`location.reload()`)],
  ['is closed by the user', page => page.close()],
];
const FRAME: [string, Leave][] = [
  ['navigates to another page', by(`frames[0].location.assign('/slow')`)],
  ['is removed', by(`document.querySelector('iframe').remove()`)],
  ['belongs to a window that navigates', by(`location.assign('/slow')`)],
];

describe.each(WEB_ENGINES.map(engine => [engine.name, engine] as const))(
  'a page that is left, in %s',
  (_name, engine) => {
    const browser = useWebEngine(engine);
    let server: SseServer;
    beforeEach(async () => {
      server = await SseServer.start(answer, ASSETS);
    });
    afterEach(() => server.close());

    const paths = () => server.exchanges.map(({ request }) => request.url);

    /** Returns the steps that the streams have logged since all had settled, read by another page. */
    async function saidSince(): Promise<string> {
      const reader = await browser.open(`${server.origin}/next`);
      const log = await reader.evaluate(() => localStorage.getItem('log') ?? '');
      return log.split('settled\n')[1] ?? 'nothing was settled';
    }

    async function expectSilence(page: WebPage, leave: Leave) {
      await until(() => server.liveExchanges === 4);
      const before = paths().length;
      await leave(page, server.origin);
      await until(() => server.liveExchanges === 0);
      expect(await saidSince()).toBe('');
      expect(page.noise).toEqual([]);
      expect(
        paths()
          .slice(before)
          .filter(url => STREAMS.includes(url ?? '')),
      ).toEqual([]);
    }

    it.each(WINDOW)('a window that %s: the streams end, and emit nothing more [pitfall 21]', async (_how, leave) => {
      // A page to go back to.
      const page = await browser.open(`${server.origin}/next`);
      await page.goto(`${server.origin}/`);
      await page.evaluate(listen);
      await expectSilence(page, leave);
    });

    it.each(FRAME)('a frame that %s: the streams end, and emit nothing more [pitfall 21]', async (_how, leave) => {
      const page = await browser.open(`${server.origin}/`);
      await page.evaluate(openFrame);
      await page.evaluate(
        work => (frames[0] as Window & typeof globalThis).eval(`(${work})()`) as Promise<unknown>,
        listen.toString(),
      );
      await expectSilence(page, leave);
    });

    it.each([
      ['has no content', '/nothing'],
      ['is a download', '/file'],
    ])('stays if the response to the navigation %s, and the stream continues', async (_what, url) => {
      const page = await browser.open(`${server.origin}/`);
      await page.evaluate(record);
      const stream = await server.exchange(0);
      await page.evaluate(later, `location.assign('${url}')`);
      await until(() => paths().includes(url));
      // Chromium keeps the connection. The others close it, so the stream resumes.
      if (!stream.response.destroyed) stream.send('id: 2\ndata: z\n\n');
      await until(() => (paths().at(-1) ?? '').startsWith('/log'));
      const resumed = paths().filter(path => path === '/events').length > 1;
      expect(paths().at(-1)).toBe(
        resumed ? '/log?connecting,open,a,waiting,connecting,open,z' : '/log?connecting,open,a,z',
      );
      expect(page.noise).toEqual([]);
    });

    it('resumes at its position when you come back to it, if the browser has kept it, or else starts over', async () => {
      const page = await browser.open(`${server.origin}/kept`);
      await server.exchange(1);
      await page.goto(`${server.origin}/next`);
      await page.evaluate(later, 'history.back()');
      const isTold = () => (paths().at(-1) ?? '').startsWith('/log');
      await until(() => isTold() || paths().filter(path => path === '/events').length > 1);
      const again = server.exchanges.filter(({ request }) => request.url === '/events').at(-1);
      if (again?.lastEventId === undefined) again?.send('id: 2\ndata: z\n\n');
      await until(isTold);
      const log = paths().at(-1);
      process.stdout.write(`${engine.name}: ${log}\n`);
      expect(log).toBe(
        again?.lastEventId === '1'
          ? '/log?connecting,open,a,shown,waiting,connecting,open,z'
          : '/log?connecting,open,a,z',
      );
      expect(page.noise).toEqual([]);
    });

    it('a worker of a page that is left doesn’t retry again and again', async () => {
      const page = await browser.open(`${server.origin}/`);
      const worker = await openWebScope('a dedicated worker', page);
      await worker.evaluate(
        () =>
          new Promise<void>(started => {
            const steps = new BroadcastChannel('steps');
            rxSse.fromEventSourceLifecycle('/events', { reconnect: { delay: 0 } }).subscribe(step => {
              steps.postMessage(step.kind);
              if (step.kind === 'event') started();
            });
          }),
      );
      await page.evaluate(() => {
        new BroadcastChannel('steps').onmessage = ({ data }) =>
          localStorage.setItem('log', `${localStorage.getItem('log') ?? 'settled\n'}${data}\n`);
        setTimeout(() => location.assign('/slow'));
      });
      await until(() => server.liveExchanges === 0 && paths().includes('/slow'));
      const said = (await saidSince()).split('\n').length;
      process.stdout.write(`${engine.name}: a worker says ${said} things while its page is left\n`);
      expect(said).toBeLessThan((2 * SLOW) / 50);
    });
  },
);
