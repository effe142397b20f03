import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { EventSourceRequest } from '../../src/connection/build-request.js';
import { useChromium } from '../support/page.js';
import { openScope, type Scope, scopeAssets, type ScopeKind, SCOPES } from '../support/scopes.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

/** The server must see the connection close within this many ms. An idle machine takes some milliseconds. */
const WITHIN = 1000;

declare global {
  /** In a scope: the stream under test. */
  var stream: {
    /** Its calls so far, in order. */
    readonly log: string[];
    /** Fulfilled when the log reaches the requested entry. */
    readonly reached: Promise<void>;
    /** Unsubscribes, unless that is done, and returns the time of that. */
    stop(): number;
    /** Triggers everything that a stream left behind would wait for. */
    goOn(): void;
  };
}

/** A moment in the life of a subscription, and the log up to then. */
interface Phase {
  /** The server's response to the first request. Absent if none is sent. */
  readonly answer?: (exchange: Exchange) => void;
  /** The last entry of the log before it unsubscribes. */
  readonly at: string;
  /** Whether it unsubscribes inside that very call, and not in a later task. */
  readonly inside?: true;
  /** The whole log up to then. */
  readonly log: string[];
}

const CONNECTED = ['connecting', 'prepare', 'fetch'];
const OPENED = [...CONNECTED, 'headers', 'open'];
const ignore = () => undefined;
const open = (exchange: Exchange) => void exchange.open();
const send = (text: string) => (exchange: Exchange) => void exchange.open().send(text);
const end = (exchange: Exchange) => exchange.open().end();
const drip = ({ response }: Exchange) => {
  response.writeHead(503);
  const dripping = setInterval(() => response.write('x'), 10);
  response.on('close', () => clearInterval(dripping));
};

const PHASES: [string, Phase][] = [
  ['in the handler of `connecting`', { at: 'connecting', inside: true, log: ['connecting'] }],
  ['before `prepare` emits', { at: 'prepare', log: ['connecting', 'prepare'] }],
  ['during the call of `fetch`', { at: 'fetch', inside: true, log: CONNECTED }],
  ['before the headers', { answer: ignore, at: 'fetch', log: CONNECTED }],
  ['in the handler of `open`', { answer: open, at: 'open', inside: true, log: OPENED }],
  ['between the headers and the first byte', { answer: open, at: 'open', log: OPENED }],
  ['in the middle of an event', { answer: send('data: 1\n\ndata: 2'), at: 'event', log: [...OPENED, 'event'] }],
  [
    'in the handler of the first of three events in a chunk',
    { answer: send('data: 1\n\ndata: 2\n\ndata: 3\n\n'), at: 'event', inside: true, log: [...OPENED, 'event'] },
  ],
  ['during the wait between attempts', { answer: end, at: 'waiting', log: [...OPENED, 'waiting'] }],
  ['in the handler of `waiting`', { answer: end, at: 'waiting', inside: true, log: [...OPENED, 'waiting'] }],
  ['while an error response arrives slowly', { answer: drip, at: 'headers', log: [...CONNECTED, 'headers'] }],
];

/** Runs in a scope. */
function subscribe({ at, inside }: Pick<Phase, 'at' | 'inside'>): void {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  const log: string[] = [];
  const scheduler = new rxjs.VirtualTimeScheduler();
  const answer = new rxjs.Subject<void>();
  const moment = new rxjs.ReplaySubject<void>(1);
  const stopped = new rxjs.Subject<void>();
  let stoppedAt: number | undefined;
  const stop = () => {
    if (stoppedAt === undefined) {
      stoppedAt = Date.now();
      stopped.next();
    }
    return stoppedAt;
  };
  const note = (entry: string) => {
    log.push(entry);
    if (entry !== at) return;
    if (inside) stop();
    moment.next();
  };

  const source = fromEventSourceLifecycle('/stream', {
    scheduler,
    prepare: (request: EventSourceRequest) => {
      note('prepare');
      return at === 'prepare' ? answer.pipe(rxjs.map(() => request)) : request;
    },
    fetch: async (url, init: RequestInit) => {
      note('fetch');
      const response = await fetch(url, init);
      note('headers');
      return response;
    },
  });
  source.pipe(rxjs.takeUntil(stopped)).subscribe({
    next: step => note(step.kind),
    error: (error: unknown) => note(`error: ${String(error)}`),
    complete: () => note('stopped'),
  });

  globalThis.stream = {
    log,
    reached: rxjs.firstValueFrom(moment),
    stop,
    goOn() {
      answer.next();
      scheduler.flush();
      dispatchEvent(new Event('online'));
    },
  };
}

describe.each(SCOPES)('teardown in %s', kind => {
  const chromium = useChromium();
  const took: number[] = [];
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(
      ({ request, response }) => request.url === '/marker' && response.end(),
      scopeAssets(),
    );
  });
  afterEach(() => server.close());
  afterAll(() => {
    process.stdout.write(
      `${kind}: ${took.length} teardowns, the slowest connection gone after ${Math.max(...took)} ms\n`,
    );
  });

  it.each(PHASES)('%s ends everything at once [pitfall 7]', async (_name, { answer, log, ...phase }) => {
    const { page } = await chromium.openPage(server.origin);
    const scope = await openScope(kind, page);
    await scope.evaluate(subscribe, phase);
    if (answer) answer(await server.exchange(0));
    await scope.evaluate(() => stream.reached);
    const stoppedAt = await scope.evaluate(() => stream.stop());
    await until(() => server.liveExchanges === 0, WITHIN);
    took.push(Date.now() - stoppedAt);
    expect(took.at(-1)).toBeLessThan(WITHIN);

    // Anything left behind would come before the marker.
    await scope.evaluate(() => {
      stream.goOn();
      return fetch('/marker').then(() => undefined);
    });
    expect(await scope.evaluate(() => stream.log)).toEqual([...log, 'stopped']);
    expect(server.exchanges.map(({ request }) => request.url)).toEqual([...(answer ? ['/stream'] : []), '/marker']);
    expect(scope.noise).toEqual([]);
  });
});

describe('a worker that ends', () => {
  const chromium = useChromium();
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(send('data: 1\n\n'), scopeAssets());
  });
  afterEach(() => server.close());

  const ends: [string, ScopeKind, (page: Page, scope: Scope) => Promise<unknown>][] = [
    ['by `terminate()`', 'a dedicated worker', page => page.evaluate(() => (worker as Worker).terminate())],
    ['by its own `close()`', 'a dedicated worker', (_page, scope) => scope.evaluate(() => self.close())],
    ['by its own `close()`', 'a shared worker', (_page, scope) => scope.evaluate(() => self.close())],
    ['with its page', 'a dedicated worker', page => page.close()],
    ['with the last of its pages', 'a shared worker', page => page.close()],
  ];
  it.each(ends)('%s (%s): the server sees the connection close', async (_how, kind, end) => {
    const { page, noise } = await chromium.openPage(server.origin);
    const scope = await openScope(kind, page);
    await scope.evaluate(subscribe, { at: 'event' });
    await scope.evaluate(() => stream.reached);
    const endedAt = Date.now();
    await end(page, scope);
    await until(() => server.liveExchanges === 0, WITHIN);
    expect(Date.now() - endedAt).toBeLessThan(WITHIN);
    expect([...noise, ...scope.noise]).toEqual([]);
  });
});
