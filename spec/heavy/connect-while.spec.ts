import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, filter, firstValueFrom, Subject, type Subscription } from 'rxjs';
import { fromEventSourceLifecycle } from '../../src/index.js';
import { Census, heapInUse, NOTHING } from '../support/census.js';
import { testConnectWhile } from '../support/connect-while-behaviour.js';

testConnectWhile(1000);

/** After this many connections, caches, pools and compiled code have reached their full size. */
const WARM_UP = 6000;
const PAUSES = 10_000;
const MIB = 1024 * 1024;

describe('a census', () => {
  let census: Census;
  let subscription: Subscription;
  beforeEach(async () => {
    census = await Census.start();
  });
  afterEach(async () => {
    subscription.unsubscribe();
    await census.close();
  });

  it(`finds no more resources after ${PAUSES} pauses and renewals of one subscription [pitfall 8]`, async () => {
    const url = census.url('endless', exchange => exchange.open().send('data: \n\n'));
    const connectWhile = new BehaviorSubject(true);
    const renew = new Subject<void>();
    const events = new Subject<number>();
    const reached = (n: number) => firstValueFrom(events.pipe(filter(count => count === n)));
    const stops = [WARM_UP, WARM_UP + PAUSES];
    let count = 0;

    const pause = () => {
      connectWhile.next(false);
      connectWhile.next(true);
    };
    /** The ways to end a connection: within `next` and after it, open and not yet open. */
    const ways: (() => unknown)[] = [
      pause,
      () => renew.next(),
      () => setImmediate(pause),
      () => setImmediate(() => renew.next()),
      () => {
        renew.next();
        pause();
      },
    ];
    subscription = fromEventSourceLifecycle(url, {
      fetch: census.watch(fetch),
      scheduler: census.scheduler,
      connectTimeout: 3_600_000,
      idleTimeout: 3_600_000,
      connectWhile,
      renew,
    }).subscribe(step => {
      if (step.kind !== 'event') return;
      events.next(++count);
      if (!stops.includes(count)) ways[count % ways.length]?.();
    });

    await reached(WARM_UP);
    // Counting releases the responses that have ended, so it comes first.
    const early = await census.count();
    const before = await heapInUse();
    pause();
    await reached(WARM_UP + PAUSES);
    const held = await census.count();
    const after = await heapInUse();
    process.stdout.write(
      `${PAUSES} pauses and renewals: ${JSON.stringify(held)}, heap ${((after - before) / MIB).toFixed(2)} MiB more\n`,
    );
    expect(held).toEqual(early);
    expect(held).toMatchObject({ exchanges: 1, bodies: 1 });
    expect(after - before).toBeLessThan(MIB);

    subscription.unsubscribe();
    expect(await census.countLeft()).toEqual(NOTHING);
    expect([connectWhile.observed, renew.observed]).toEqual([false, false]);
  });
});
