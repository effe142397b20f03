/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
import { afterEveryRender, ChangeDetectorRef, Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asyncScheduler, type Observable } from 'rxjs';
import { injectEventSource, type SseOptions } from '../../src/angular/index.js';
import { connectionState } from '../../src/index.js';
import type { EventSourceBed } from './event-source-bed.js';
import { SseServer } from './sse-server.js';
import { TEN_EVENTS } from './ten-events.js';
import { until } from './until.js';
import { zoneAwareFetch } from './zone-aware-fetch.js';

/** Defines the tests of when a stream causes change detection. */
export function changeDetectionBehaviour(bed: EventSourceBed): void {
  describe('change detection', () => {
    let server: SseServer;
    let chunksRead: number;
    beforeEach(async () => {
      server = await SseServer.start();
      chunksRead = 0;
    });
    afterEach(() => server.close());
    const options = (): SseOptions => ({ fetch: zoneAwareFetch(() => chunksRead++), scheduler: asyncScheduler });

    /** Creates a component that counts the values of a stream, and its own checks. */
    function createCounter(subscribe: (onValue: () => void) => void) {
      // Nothing changes on the page: jsdom would react to a change in a microtask inside the zone, which is another
      // run.
      @Component({ template: '' })
      class Counter {
        received = 0;
        seen = 0;
        checks = 0;
        ticks = 0;
        constructor() {
          const changeDetectorRef = inject(ChangeDetectorRef);
          afterEveryRender(() => {
            this.ticks++;
          });
          subscribe(() => {
            this.received++;
            changeDetectorRef.markForCheck();
          });
        }
        ngDoCheck() {
          this.checks++;
          this.seen = this.received;
        }
      }
      const fixture = TestBed.createComponent(Counter);
      const counter = fixture.componentInstance;
      return {
        fixture,
        counter,
        start: async () => {
          await fixture.whenStable();
          Object.assign(counter, { received: 0, checks: 0, ticks: 0 });
          chunksRead = 0;
        },
      };
    }

    it.each<[string, SseOptions['zone']]>([
      ['batch', 'batch'],
      ['outside', 'outside'],
    ])("runs 100 times for 100 chunks of 10 events from a real server, with `zone: '%s'`", async (_name, zone) => {
      const { fixture, counter, start } = createCounter(onValue => {
        injectEventSource()(server.url, { ...options(), zone }).subscribe(onValue);
      });
      const exchange = (await server.exchange(0)).open();
      await start();
      for (let chunk = 1; chunk <= 100; chunk++) {
        exchange.send(TEN_EVENTS);
        await until(() => counter.received === 10 * chunk);
        await fixture.whenStable();
      }
      expect(chunksRead).toBe(100);
      expect(counter.seen).toBe(1000);
      expect(counter).toMatchObject({ ticks: 100, checks: 100 });
      fixture.destroy();
      await exchange.gone();
    });

    it('runs at most 100 times for 100 chunks of 10 events in one turn', async () => {
      const { fixture, counter, start } = createCounter(onValue => {
        injectEventSource()('/stream').subscribe(onValue);
      });
      const connection = bed.fake.expectConnection().open();
      await start();
      for (let chunk = 1; chunk <= 100; chunk++) connection.raw(TEN_EVENTS);
      await fixture.whenStable();
      expect(counter.seen).toBe(1000);
      expect(counter.ticks).toBeGreaterThan(0);
      expect(counter.ticks).toBeLessThanOrEqual(100);
      expect(counter.checks).toBeLessThanOrEqual(100);
      fixture.destroy();
    });

    it.each<[string, (options: SseOptions) => Observable<unknown>]>([
      ['the events', options => injectEventSource()(server.url, options)],
      ['the lifecycle', options => injectEventSource().lifecycle(server.url, options)],
    ])('doesn’t run for 100 heartbeats, with a subscription to %s', async (_name, source) => {
      let comments = 0;
      const { fixture, counter, start } = createCounter(onValue => {
        source(options()).subscribe(step => {
          if ((step as { kind?: string }).kind === 'comment') comments++;
          else onValue();
        });
      });
      const exchange = (await server.exchange(0)).open().send('data: first\n\n');
      await until(() => chunksRead === 1);
      await start();
      for (let beat = 1; beat <= 100; beat++) {
        exchange.send(': beat\n\n');
        await until(() => chunksRead === beat);
      }
      await fixture.whenStable();
      expect(counter).toMatchObject({ received: 0, ticks: 0, checks: 0 });
      expect([0, 100]).toContain(comments);
      exchange.send('data: last\n\n');
      await until(() => counter.received === 1);
      await fixture.whenStable();
      expect(counter).toMatchObject({ ticks: 1, checks: 1 });
      fixture.destroy();
    });

    it('shows the latest event and the connection state as signals, and doesn’t run for heartbeats', async () => {
      let ticks = 0;
      @Component({ template: '{{ status() }} {{ last()?.data }}' })
      class Ticker {
        private readonly eventSource = injectEventSource();
        readonly last = toSignal(this.eventSource('/market'));
        readonly state = toSignal(this.eventSource.lifecycle('/market').pipe(connectionState()), { requireSync: true });
        readonly status = () => this.state().status;
        constructor() {
          afterEveryRender(() => ticks++);
        }
      }
      const fixture = TestBed.createComponent(Ticker);
      const shown = async () => {
        await fixture.whenStable();
        return (fixture.nativeElement as Element).textContent;
      };
      const connections = [bed.fake.expectConnection('/market'), bed.fake.expectConnection('/market')];
      expect(await shown()).toBe('connecting ');
      connections.forEach(connection => connection.open());
      expect(await shown()).toBe('open ');
      connections.forEach(connection => connection.send('42'));
      expect(await shown()).toBe('open 42');
      const before = ticks;
      connections.forEach(connection => connection.comment('beat'));
      expect(await shown()).toBe('open 42');
      expect(ticks).toBe(before);
      fixture.destroy();
      expect(connections.map(({ state }) => state)).toEqual(['closed', 'closed']);
    });
  });
}
