import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Subject, VirtualTimeScheduler } from 'rxjs';
import { canBeLeft, PageStays } from '../../src/connection/page-stays.js';
import { fromEventSourceLifecycle } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { VirtualPage } from '../support/virtual-page.js';

describe('canBeLeft', () => {
  it('returns true in a page or a worker, and false elsewhere', () => {
    expect(canBeLeft()).toBe(false);
    const page = new VirtualPage();
    expect(canBeLeft()).toBe(true);
    page.remove();
    Object.assign(globalThis, { importScripts: () => undefined });
    expect(canBeLeft()).toBe(true);
    Reflect.deleteProperty(globalThis, 'importScripts');
    expect(canBeLeft()).toBe(false);
  });
});

// spec/web/leaving.spec.ts shows how browsers behave when a page is left.
describe('PageStays', () => {
  let page: VirtualPage;
  let scheduler: VirtualTimeScheduler;
  let stays: PageStays;
  beforeEach(() => {
    page = new VirtualPage();
    scheduler = new VirtualTimeScheduler();
    stays = new PageStays(scheduler, () => scheduler.now());
  });
  afterEach(() => {
    stays.unsubscribe();
    Reflect.deleteProperty(globalThis, 'closed');
    page.remove();
  });

  /** Returns when it emitted, if `beforeunload` fires at these times. */
  function emittedAt(...leaves: number[]): number | undefined {
    let at: number | undefined;
    for (const time of leaves) scheduler.schedule(() => page.leave(), time);
    stays.wait().subscribe(() => (at = scheduler.now()));
    scheduler.flush();
    return at;
  }

  it('emits a task later if the history has nothing to go back to', () => {
    const observed = observe(stays.wait());
    expect(observed).toMatchObject({ status: 'live', values: [] });
    scheduler.flush();
    expect(observed).toMatchObject({ status: 'completed', values: [undefined] });
    expect(scheduler.now()).toBe(0);
  });

  it('emits after 60 ms in a page with a history, because going back may leave it [pitfall 21]', () => {
    page.history.length = 2;
    expect(emittedAt()).toBe(60);
  });

  it('emits 3 s after `beforeunload`, if the page still exists [pitfall 21]', () => {
    page.history.length = 2;
    page.leave();
    expect(emittedAt()).toBe(3000);
  });

  it('counts from the last `beforeunload`, during the 60 ms or the 3 s', () => {
    page.history.length = 2;
    expect(emittedAt(59)).toBe(3059);
    page.history.length = 1;
    page.leave();
    const start = scheduler.now();
    expect(emittedAt(1000)).toBe(start + 4000);
  });

  it('forgets a `beforeunload` after 3 s, if the page wasn’t left', () => {
    page.leave();
    scheduler.schedule(() => undefined, 3000);
    scheduler.flush();
    expect(emittedAt()).toBe(3000);
  });

  it('emits nothing and doesn’t fail in a page that is gone, whose history throws', () => {
    Object.defineProperty(page.history, 'length', {
      get: () => {
        throw new DOMException('May not use a History object of a document that is not fully active', 'SecurityError');
      },
    });
    expect(observe(stays.wait())).toMatchObject({ status: 'live', error: undefined });
  });

  it('emits nothing in a window that is closing [pitfall 21]', () => {
    Object.assign(globalThis, { closed: true });
    expect(emittedAt()).toBeUndefined();
  });

  it('emits nothing after unsubscribing, and leaves no listener behind', () => {
    const observed = observe(stays.wait());
    observed.subscription.unsubscribe();
    scheduler.flush();
    expect(observed).toMatchObject({ status: 'live', values: [] });
    expect(page.listeners).toBe(1);
    stays.unsubscribe();
    expect(page.listeners).toBe(0);
  });
});

describe('a stream that waits to see whether its page stays', () => {
  let page: VirtualPage;
  beforeEach(() => {
    page = new VirtualPage();
    page.history.length = 2;
  });
  afterEach(() => page.remove());

  /** Returns a stream that has just lost its connection, and its environment. */
  function lost() {
    const scheduler = new VirtualTimeScheduler();
    const server = fakeEventSource();
    const [renew, connectWhile] = [new Subject<void>(), new BehaviorSubject(true)];
    const options = { fetch: server.fetch, scheduler, renew, connectWhile, reconnect: { delay: 1000, jitter: 0 } };
    const kinds: string[] = [];
    const subscription = fromEventSourceLifecycle('/a', options).subscribe(({ kind }) => kinds.push(kind));
    server.expectConnection().open().send({ id: 1, data: 'a' }).break();
    expect(kinds.splice(0)).toEqual(['connecting', 'open', 'event']);
    return { scheduler, server, renew, connectWhile, kinds, subscription };
  }

  it('is renewed at once, and doesn’t report the failure later', () => {
    const { scheduler, server, renew, kinds, subscription } = lost();
    renew.next();
    server.expectConnection({ lastEventId: '1' }).open();
    scheduler.flush();
    expect(kinds).toEqual(['connecting', 'open']);
    subscription.unsubscribe();
    server.verify();
  });

  it('pauses, and resumes from its position', () => {
    const { scheduler, server, connectWhile, kinds, subscription } = lost();
    connectWhile.next(false);
    scheduler.flush();
    connectWhile.next(true);
    server.expectConnection({ lastEventId: '1' }).open();
    expect(kinds).toEqual(['paused', 'connecting', 'open']);
    subscription.unsubscribe();
    server.verify();
  });

  it('leaves nothing behind after unsubscribing', () => {
    const { scheduler, server, kinds, subscription } = lost();
    subscription.unsubscribe();
    scheduler.flush();
    expect([kinds, page.listeners]).toEqual([[], 0]);
    server.verify();
  });
});
