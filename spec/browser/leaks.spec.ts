import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Observable, SchedulerAction, Subject, Subscription } from 'rxjs';
import type { EventSourceLifecycle } from '../../src/index.js';
import { useChromium } from '../support/page.js';
import { type BytesInUse, openScope, type Scope, scopeAssets, SCOPES } from '../support/scopes.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

const CYCLES = 500;
/**
 * The number of measurements, whose median counts. A leak shows in each of them. Memory that the browser itself keeps
 * for a while doesn't: those kilobytes come with one measurement and go with another.
 */
const ROUNDS = 3;
const PLANTED = 200;
/** After this many cycles, the tables of the browser have grown to their full size. */
const WARM_UP = 300;
/**
 * The bytes that a cycle may leave behind. In JavaScript, the noise is 2 to 5 kilobytes for all cycles together, while
 * a forgotten closure takes a hundred bytes with everything that it closes over. The browser's own heap varies by
 * kilobytes, and its objects are larger.
 */
const BOUND: BytesInUse = { javascript: 20, browser: 64 };
/** Code that is recompiled when it gets hot, and discarded when it gets old, would add kilobytes of noise. */
const STEADY_HEAP = '--js-flags=--no-opt --no-maglev --no-sparkplug --no-lazy-feedback-allocation --no-flush-bytecode';

/** The ways in which a connection is lost. */
const ENDINGS: ((exchange: Exchange) => void)[] = [
  exchange => exchange.open().end('id: 1\ndata: a\n\n'),
  exchange => exchange.open().send('id: 2\ndata: b\n\n').cut(),
  exchange => exchange.refuse(503, {}, 'Come back'),
  exchange => exchange.cut(),
];
const ANSWERS: Record<string, (exchange: Exchange) => void> = {
  '/silent': () => undefined,
  '/open': exchange => void exchange.open(),
  '/events': exchange => void exchange.open().send('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c'),
  '/ended': exchange => exchange.open().end('id: 1\ndata: a\n\n'),
  '/refused': exchange => void exchange.open({ 'content-type': 'text/html' }).send('x'),
  '/ending': exchange => ENDINGS[exchange.index % ENDINGS.length]?.(exchange),
};

interface Work {
  readonly count: number;
  /** Keeps a closure in each cycle: the leak that the measurement must find. */
  readonly leak?: true;
}

declare global {
  /**
   * In a scope, these variables survive from one measurement to the next. `sources` has the Observables, which are
   * subscribed to repeatedly.
   */
  var sources: Record<string, Observable<EventSourceLifecycle>> | undefined;
  /** The stream that reconnects when `wake` emits. */
  var reconnecting: { readonly wake: Subject<void>; readonly waits: Subject<EventSourceLifecycle> } | undefined;
  /** The closures that the planted leak keeps. */
  var forgotten: (() => unknown)[] | undefined;
}

/** Runs in a scope: subscriptions, some of them concurrent, that end in each phase. */
function subscribe({ count, leak }: Work): Promise<unknown> {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  const source = (url: string) =>
    ((globalThis.sources ??= {})[url] ??= fromEventSourceLifecycle(url, { reconnect: { delay: 3_600_000 } }));
  /** The URL, the step at which it unsubscribes, and whether it does so inside that call or in a later task. */
  const phases: [string, string, boolean][] = [
    ['/silent', 'connecting', true],
    ['/silent', 'connecting', false],
    ['/open', 'open', true],
    ['/open', 'open', false],
    ['/events', 'event', true],
    ['/events', 'event', false],
    ['/ended', 'waiting', true],
    ['/ended', 'waiting', false],
    ['/refused', 'error', true],
  ];
  const cycle = ([url, at, inside]: [string, string, boolean]) => {
    const stopped = new rxjs.Subject<void>();
    const stop = () => stopped.next();
    if (leak) (globalThis.forgotten ??= []).push(stop);
    return source(url).pipe(
      rxjs.tap(({ kind }) => {
        if (kind !== at) return;
        if (inside) stop();
        else setTimeout(stop);
      }),
      rxjs.ignoreElements(),
      rxjs.catchError(() => rxjs.EMPTY),
      rxjs.takeUntil(stopped),
    );
  };
  const cycles = rxjs.from(phases).pipe(rxjs.repeat(), rxjs.take(count), rxjs.mergeMap(cycle, 6));
  return rxjs.lastValueFrom(cycles, { defaultValue: undefined });
}

/** Runs in a scope: one subscription that loses its connection repeatedly, and waits between the measurements. */
function reconnect({ count, leak }: Work): Promise<unknown> {
  const { fromEventSourceLifecycle, rxjs } = rxSse;
  const start = () => {
    const wake = new rxjs.Subject<void>();
    const waits = new rxjs.Subject<EventSourceLifecycle>();
    const { asyncScheduler } = rxjs;
    // Shows at once whether the page stays. Otherwise, each cycle would wait 60 ms for that.
    class Hurried extends rxjs.VirtualTimeScheduler {
      override now = () => asyncScheduler.now();

      override schedule<T>(task: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
        return asyncScheduler.schedule(task, delay > 60 ? delay : 0, state);
      }
    }
    const scheduler = new Hurried();
    fromEventSourceLifecycle('/ending', { scheduler, reconnect: { delay: 3_600_000, wake } })
      .pipe(rxjs.filter(({ kind }) => kind === 'waiting'))
      .subscribe(waits);
    return { wake, waits };
  };
  const { wake, waits } = (globalThis.reconnecting ??= start());
  const cycles = waits.pipe(
    rxjs.take(count),
    rxjs.map((step, index) => {
      if (leak) (globalThis.forgotten ??= []).push(() => step);
      if (index + 1 < count) wake.next();
    }),
  );
  const done = rxjs.lastValueFrom(cycles);
  wake.next();
  return done;
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? NaN;
}

describe.each(SCOPES)('in %s', kind => {
  const chromium = useChromium(STEADY_HEAP);
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start(exchange => ANSWERS[exchange.request.url ?? '']?.(exchange), scopeAssets());
  });
  afterEach(() => server.close());

  /** Returns the bytes that each cycle of the work leaves behind. */
  async function growth(scope: Scope, work: typeof subscribe, argument: Work): Promise<BytesInUse> {
    const before = await scope.bytesInUse();
    await scope.evaluate(work, argument);
    await server.idle();
    const after = await scope.bytesInUse();
    const { count } = argument;
    return {
      javascript: (after.javascript - before.javascript) / count,
      browser: (after.browser - before.browser) / count,
    };
  }

  it.each([
    ['subscribing and unsubscribing', subscribe],
    ['reconnecting', reconnect],
  ])(`${CYCLES} cycles of %s leave nothing behind [pitfall 8]`, async (name, work) => {
    const { page } = await chromium.openPage(server.origin);
    const scope = await openScope(kind, page);
    // Twice, because the first measurement leaves something behind, too.
    for (let round = 0; round < 2; round++) await growth(scope, work, { count: WARM_UP });

    const rounds: BytesInUse[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await growth(scope, work, { count: CYCLES }));
    const left = {
      javascript: median(rounds.map(({ javascript }) => javascript)),
      browser: median(rounds.map(({ browser }) => browser)),
    };
    // Proves that the measurement finds a leak.
    const planted = await growth(scope, work, { count: PLANTED, leak: true });
    process.stdout.write(
      `${kind}, ${name}: a cycle leaves ${left.javascript} + ${left.browser} bytes, one with a leak ${planted.javascript}\n`,
    );
    expect(left.javascript).toBeLessThan(BOUND.javascript);
    expect(left.browser).toBeLessThan(BOUND.browser);
    expect(planted.javascript).toBeGreaterThan(BOUND.javascript);
    expect(scope.noise).toEqual([]);
  });
});
