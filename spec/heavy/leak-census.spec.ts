import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, from, lastValueFrom, mergeMap, repeat, Subject, take, takeUntil, tap } from 'rxjs';
import type { FetchLike } from '../../src/connection/fetch-like.js';
import { type EventSourceLifecycle, type EventSourceOptions, fromEventSourceLifecycle } from '../../src/index.js';
import { Census, type Count, heapInUse, NOTHING } from '../support/census.js';
import { observe, ofKind } from '../support/observe.js';
import { Exchange, SseServer } from '../support/sse-server.js';
import { TRANSPORTS as LISTENING_TRANSPORTS } from '../support/transports.js';

const CYCLES = 10_000;
const RECONNECTS = 10_000;
/** After this many cycles, caches, pools and compiled code have reached their full size. */
const WARM_UP = 6000;
/** How many subscriptions are live at once while the cycles run. */
const LANES = 8;
const HOUR = 3_600_000;
const MIB = 1024 * 1024;

const TRANSPORTS: typeof LISTENING_TRANSPORTS = [
  ...LISTENING_TRANSPORTS,
  // Some ports of fetch don't support `signal`: with these, only canceling the body ends the exchange.
  ['a fetch without abort', (url, init: RequestInit) => fetch(url, { ...init, signal: null })],
];

let calls = 0;
/** Uses one transport after the other. */
const inTurn: FetchLike = (url, init) => (TRANSPORTS[calls++ % TRANSPORTS.length]?.[1] ?? fetch)(url, init);

/** One subscription's part in a cycle: the server's response, the client's options, and the moment of the cut. */
interface Cycle {
  answer?: (exchange: Exchange) => void;
  options?: EventSourceOptions;
  on?: (item: EventSourceLifecycle) => void;
}
type Point = (cut: () => void, fetch: FetchLike) => Cycle;

/** Cuts after everything that follows from this moment at once: a read is pending, or a timer runs. */
const cutNext = (cut: () => void) => void setImmediate(cut);

/** A result that is pending when the cut happens, and arrives after it all the same. */
const late = <T>(cut: () => void, answer: T) =>
  new Promise<T>(resolve =>
    setImmediate(() => {
      cut();
      resolve(answer);
    }),
  );

const stream = (exchange: Exchange) =>
  void exchange.open().send('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n');
const hangUp = (exchange: Exchange) => exchange.cut();

/** The ways in which a server makes a client reconnect. */
const ENDINGS: ((exchange: Exchange) => void)[] = [
  exchange => exchange.open().end('id: 1\ndata: a\n\n'),
  exchange => exchange.open().send('id: 2\ndata: b\n\n').cut(),
  exchange => exchange.open().end(),
  exchange => exchange.open().cut(),
  exchange => exchange.refuse(503, {}, 'Come back'),
  hangUp,
];

/** Every point where a subscription waits for something or calls a function. */
const POINTS: Record<string, Point> = {
  'while `headers` is pending': cut => ({ options: { headers: () => late(cut, {}) } }),
  'while `prepare` is pending': cut => ({ options: { prepare: request => late(cut, request) } }),
  'inside `connecting`': cut => ({ on: item => item.kind === 'connecting' && cut() }),
  'inside the call of fetch': (cut, fetch) => ({
    options: {
      fetch: (url, init) => {
        cut();
        return fetch(url, init);
      },
    },
  }),
  'right after the call of fetch': (cut, fetch) => ({
    options: {
      fetch: (url, init) => {
        const response = fetch(url, init);
        cut();
        return response;
      },
    },
  }),
  'before the headers': cut => ({
    answer: exchange => {
      cut();
      // A transport that ignores its signal receives the response afterwards.
      stream(exchange);
    },
  }),
  'with the headers on their way to the client': (cut, fetch) => ({
    answer: stream,
    options: {
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        cut();
        return response;
      },
    },
  }),
  'inside `open`': cut => ({ answer: exchange => exchange.open(), on: item => item.kind === 'open' && cut() }),
  'before the first byte': cut => ({
    answer: exchange => exchange.open(),
    on: item => item.kind === 'open' && cutNext(cut),
  }),
  'inside a chunk of three events': cut => ({ answer: stream, on: item => item.kind === 'event' && cut() }),
  'after a chunk': cut => ({
    answer: stream,
    on: item => item.kind === 'event' && item.event.data === 'c' && cutNext(cut),
  }),
  'after a part of a block': cut => ({
    answer: exchange => exchange.open().send(':\ndata: a'),
    on: item => item.kind === 'comment' && cutNext(cut),
  }),
  'inside `waiting`': cut => ({ answer: hangUp, on: item => item.kind === 'waiting' && cut() }),
  'in a wait': cut => ({ answer: hangUp, on: item => item.kind === 'waiting' && cutNext(cut) }),
  'while `validate` is pending': cut => ({ answer: stream, options: { validate: () => late(cut, undefined) } }),
  'while `when` is pending': cut => ({ answer: hangUp, options: { reconnect: { when: () => late(cut, true) } } }),
  'while `deliver` is pending': cut => {
    let delivered = false;
    return {
      answer: stream,
      on: item => (delivered = item.kind === 'event'),
      options: {
        deliver: flush => {
          flush();
          return delivered ? late(cut, undefined) : undefined;
        },
      },
    };
  },
  'while `get` of the store is pending': cut => ({
    options: { lastEventId: { get: () => late(cut, '1'), set: () => undefined } },
  }),
  'while `set` of the store is pending': cut => ({
    answer: stream,
    options: { lastEventId: { get: () => '', set: () => late(cut, undefined) } },
  }),
  'while the text of a refusal is read': (cut, fetch) => ({
    answer: ({ response }) => void response.writeHead(503).write('Come back'),
    options: {
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        cutNext(cut);
        return response;
      },
    },
  }),
};

function report(what: string, held: Count, heapBefore: number, heapAfter: number): void {
  const heap = [heapBefore, heapAfter, heapAfter - heapBefore].map(bytes => (bytes / MIB).toFixed(2));
  process.stdout.write(
    `${what}: ${JSON.stringify(held)}, heap ${heap[0]} MiB after ${WARM_UP}, ${heap[1]} MiB at the end: ${heap[2]} MiB\n`,
  );
}

describe('a census', () => {
  let census: Census;
  let leavePage: () => void;
  beforeEach(async () => {
    census = await Census.start();
    leavePage = census.standInForPage();
  });
  afterEach(async () => {
    leavePage();
    await census.close();
  });

  const subscribeTo = (url: URL, fetch: FetchLike, options?: EventSourceOptions) =>
    fromEventSourceLifecycle(url, {
      fetch,
      scheduler: census.scheduler,
      connectTimeout: HOUR,
      idleTimeout: HOUR,
      ...options,
    });

  /** Subscribes once, and unsubscribes at the given point. */
  async function cycle(path: string, point: Point, transport: FetchLike): Promise<void> {
    const stop = new Subject<void>();
    const fetch = census.watch(transport);
    const { answer, options, on } = point(() => stop.next(), fetch);
    const url = census.url(path, exchange => answer?.(exchange));
    const items = subscribeTo(url, fetch, options).pipe(tap(on), takeUntil(stop));
    await lastValueFrom(items, { defaultValue: undefined });
    census.forget(url);
  }

  it('counts the resources of a live subscription, while it streams and while it waits', async () => {
    const arrivals = new Subject<Exchange>();
    const arrival = firstValueFrom(arrivals);
    const url = census.url('live', exchange => arrivals.next(exchange));
    const live = observe(subscribeTo(url, census.watch(fetch), { reconnect: { delay: HOUR } }));
    const exchange = await arrival;
    stream(exchange);
    await live.find(ofKind('event'));
    expect(await census.count()).toEqual({ sockets: 1, exchanges: 1, timers: 1, listeners: 0, bodies: 1 });

    exchange.cut();
    await live.find(ofKind('waiting'));
    expect(await census.countLeft()).toEqual({ ...NOTHING, timers: 1, listeners: 1 });

    live.subscription.unsubscribe();
    expect(await census.countLeft()).toEqual(NOTHING);
  });

  describe.each(TRANSPORTS)('over %s, after a subscription that ended', (_name, transport) => {
    it.each(Object.entries(POINTS))(
      '%s, finds nothing left [pitfall 7]',
      async (name, point) => {
        for (let n = 0; n < 3; n++) await cycle(`${name}/${n}`, point, transport);
        expect(await census.countLeft()).toEqual(NOTHING);
        // A leak doesn't go away, so it isn't necessary to wait long for that.
      },
      30_000,
    );
  });

  it(`finds nothing left after ${CYCLES} subscriptions that ended at all these points, over all transports [pitfall 8]`, async () => {
    const kinds = TRANSPORTS.flatMap(([, transport]) => Object.values(POINTS).map(point => ({ transport, point })));
    const run = (count: number) =>
      lastValueFrom(
        from(kinds).pipe(
          repeat(),
          take(count),
          mergeMap(({ point, transport }, n) => cycle(String(n), point, transport), LANES),
        ),
      );

    await run(WARM_UP);
    await census.countLeft();
    const before = await heapInUse();
    await run(CYCLES);
    const held = await census.countLeft();
    const after = await heapInUse();
    report(`${CYCLES} subscribe/unsubscribe cycles`, held, before, after);
    expect(held).toEqual(NOTHING);
    expect(after - before).toBeLessThan(MIB);
  });

  it.each<[string, FetchLike]>([
    ['native fetch', fetch],
    ['all transports in turn', inTurn],
  ])(
    `finds no more resources after ${RECONNECTS} reconnects of one subscription over %s [pitfall 8]`,
    async (name, transport) => {
      const pauses = [WARM_UP, WARM_UP + RECONNECTS];
      let paused: Exchange | undefined;
      const url = census.url('endless', exchange => {
        const { index } = exchange;
        if (pauses.includes(index)) paused = exchange.open().send('data: pause\n\n');
        else if (index < WARM_UP + RECONNECTS) ENDINGS[index % ENDINGS.length]?.(exchange);
        else exchange.refuse(204);
      });
      const steps = new Subject<EventSourceLifecycle>();
      const pause = () =>
        firstValueFrom(steps.pipe(filter(step => step.kind === 'event' && step.event.data === 'pause')));

      // Counts while the subscription is live, because a leak that grows with each reconnect may be released at its end.
      let reached = pause();
      subscribeTo(url, census.watch(transport), { reconnect: { delay: 0, jitter: 0 } }).subscribe(steps);
      await reached;
      const early = await census.count();
      const before = await heapInUse();
      reached = pause();
      paused?.end();
      await reached;
      const held = await census.count();
      const after = await heapInUse();
      report(`${RECONNECTS} reconnects over ${name}`, held, before, after);
      expect(held).toEqual(early);
      expect(after - before).toBeLessThan(MIB);

      const last = lastValueFrom(steps);
      paused?.end();
      expect(await last).toEqual({ kind: 'closed', reason: 'no-content' });
      expect(await census.countLeft()).toEqual(NOTHING);
    },
  );
});

describe('the process', () => {
  const processes: ChildProcess[] = [];
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill();
    await server.close();
  });

  /** Runs a script in a separate process. It can use `fromEventSourceLifecycle` and the server's `url`. */
  function run(script: string): Promise<number | null> {
    const source = `
      import { fromEventSourceLifecycle } from './src/index.ts';
      const url = process.env.STREAM_URL;
      ${script}`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
      env: { ...process.env, STREAM_URL: server.url },
      stdio: 'inherit',
    });
    processes.push(child);
    return once(child, 'exit').then(([code]) => code as number | null);
  }

  it('stays alive while a live subscription waits, and exits when the subscription ends [pitfall 9]', async () => {
    const exit = run(`fromEventSourceLifecycle(url, { reconnect: { delay: 200 } }).subscribe();`);
    (await server.exchange(0)).cut();
    // If the wait let the process exit, it would end without this request.
    const next = await Promise.race([server.exchange(1), exit]);
    expect(next).toBeInstanceOf(Exchange);
    (next as Exchange).refuse(204);
    expect(await exit).toBe(0);
  });

  it('is not kept alive by a subscription that ended during a wait [pitfall 9]', async () => {
    const exit = run(`
      const subscription = fromEventSourceLifecycle(url, { reconnect: { delay: 3_600_000 } }).subscribe(step => {
        if (step.kind === 'waiting') setImmediate(() => subscription.unsubscribe());
      });`);
    (await server.exchange(0)).cut();
    expect(await exit).toBe(0);
  });

  it('is not kept alive by a subscription that ended while it was streaming [pitfall 9]', async () => {
    const exit = run(`
      const subscription = fromEventSourceLifecycle(url, { connectTimeout: 3_600_000, idleTimeout: 3_600_000 }).subscribe(step => {
        if (step.kind === 'event') setImmediate(() => subscription.unsubscribe());
      });`);
    stream(await server.exchange(0));
    expect(await exit).toBe(0);
  });
});
