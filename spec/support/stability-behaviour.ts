/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expect', 'expectStable'] }] */
import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asyncScheduler, firstValueFrom, map, type Observable, Subject } from 'rxjs';
import type { SseOptions } from '../../src/angular/index.js';
import type { EventSourceBed } from './event-source-bed.js';
import { observe, ofKind } from './observe.js';
import { SseServer } from './sse-server.js';
import { TEN_EVENTS } from './ten-events.js';
import { until } from './until.js';
import { zoneAwareFetch } from './zone-aware-fetch.js';

/** Defines the tests of the stability of an application that has streams. */
export function stabilityBehaviour(bed: EventSourceBed): void {
  describe('stability', () => {
    let server: SseServer;
    let chunksRead: number;
    beforeEach(async () => {
      server = await SseServer.start();
      chunksRead = 0;
    });
    afterEach(() => server.close());
    const options = (): SseOptions => ({
      fetch: zoneAwareFetch(() => chunksRead++),
      scheduler: asyncScheduler,
      connectTimeout: 60_000,
      idleTimeout: 60_000,
    });

    async function expectStable() {
      const app = TestBed.inject(ApplicationRef);
      // The zone reports in a microtask that it was entered and left.
      await turn();
      expect(await firstValueFrom(app.isStable)).toBe(true);
      expect(bed.ngZone()).toMatchObject({ hasPendingMacrotasks: false, hasPendingMicrotasks: false, isStable: true });
      await app.whenStable();
    }

    it('holds before the headers, with an open stream, between its chunks, and in a wait', async () => {
      const reconnect = { delay: 60_000 };
      const lifecycle = bed.bound().lifecycle(server.url, { ...options(), reconnect });
      const stream = bed.ngZone().run(() => observe(lifecycle));
      const exchange = await server.exchange(0);
      await expectStable();
      exchange.open();
      await stream.find(ofKind('open'));
      await expectStable();
      exchange.send(TEN_EVENTS);
      await stream.find(ofKind('event'));
      await expectStable();
      exchange.cut();
      await stream.find(ofKind('waiting'));
      await expectStable();
      stream.subscription.unsubscribe();
      await expectStable();
    });

    it('holds while a fast server is read in many tasks', async () => {
      const stream = bed.ngZone().run(() => observe(bed.bound()(server.url, options())));
      const exchange = (await server.exchange(0)).open();
      const states = new Set<boolean>();
      const watching = bed.ngZone().onMicrotaskEmpty.subscribe(() => states.add(bed.ngZone().hasPendingMacrotasks));
      for (let chunk = 0; chunk < 60; chunk++) exchange.send('data: x\n\n'.repeat(4096));
      await stream.first(60 * 4096);
      expect([...states]).toEqual(bed.zoned ? [false] : []);
      watching.unsubscribe();
      await expectStable();
    });

    it.each<[string, (gate: Observable<unknown>) => SseOptions]>([
      ['headers', gate => ({ headers: () => gate.pipe(map(() => ({}))) })],
      ['prepare', gate => ({ prepare: request => gate.pipe(map(() => request)) })],
      ['validate', gate => ({ validate: () => gate.pipe(map(() => undefined)) })],
      ['lastEventId.get', gate => ({ lastEventId: new GatedStore(gate) })],
      ['reconnect.when', gate => ({ reconnect: { when: () => gate.pipe(map(() => 0)) } })],
      ['reconnect.delay', gate => ({ reconnect: { delay: () => gate } })],
      ['reconnect.wake', gate => ({ reconnect: { wake: gate, delay: 1e6 } })],
    ])('holds when `%s` emits inside the zone', async (name, options_) => {
      const gate = new Subject<unknown>();
      const isRefused = name.startsWith('reconnect');
      const events$ = bed.bound()(server.url, { ...options(), ...options_(gate) });
      const stream = observe(events$);
      if (isRefused) (await server.exchange(0)).refuse(503);
      if (name === 'validate') (await server.exchange(0)).open();
      await until(() => gate.observed);
      bed.ngZone().run(() => gate.next(undefined));
      await expectStable();
      const exchange = await server.exchange(isRefused ? 1 : 0);
      await expectStable();
      if (name !== 'validate') exchange.open();
      exchange.send('data: first\n\n');
      await stream.first(1);
      const unstable: string[] = [];
      bed.ngZone().onUnstable.subscribe(() => unstable.push('!'));
      const before = chunksRead;
      for (let beat = 1; beat <= 10; beat++) {
        exchange.send(': beat\n\n');
        await until(() => chunksRead === before + beat);
      }
      expect(unstable).toEqual([]);
      exchange.send('data: second\n\n');
      await stream.first(2);
      expect(unstable).toEqual(bed.zoned ? ['!'] : []);
    });
  });
}

class GatedStore {
  readonly #gate: Observable<unknown>;
  constructor(gate: Observable<unknown>) {
    this.#gate = gate;
  }
  get() {
    return this.#gate.pipe(map(() => ''));
  }
  set() {
    return undefined;
  }
}
