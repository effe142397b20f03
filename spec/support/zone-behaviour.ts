/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import { NgZone } from '@angular/core';
import { describe, expect, it } from '@jest/globals';
import { Observable } from 'rxjs';
import { injectEventSource, type SseOptions } from '../../src/angular/index.js';
import type { FakeConnection } from '../../src/testing/index.js';
import { countEntries } from './count-entries.js';
import type { EventSourceBed } from './event-source-bed.js';
import { observe } from './observe.js';
import { TEN_EVENTS } from './ten-events.js';
import { whereNotified } from './where-notified.js';

/** Defines the tests of what happens inside the zone. */
export function zoneBehaviour(bed: EventSourceBed): void {
  describe('the zone', () => {
    it.each<[string, (zone: NgZone, subscribe: () => void) => unknown]>([
      ['outside it', (_zone, subscribe) => subscribe()],
      ['inside it', (zone, subscribe) => zone.run(subscribe)],
      ['in `runOutsideAngular` inside it', (zone, subscribe) => zone.run(() => zone.runOutsideAngular(subscribe))],
    ])('is entered once per chunk, even if the stream was subscribed to %s', (_name, where) => {
      const log: string[] = [];
      const lifecycle = bed.bound().lifecycle('/stream', { reconnect: false });
      where(bed.ngZone(), () => observe(whereNotified(lifecycle, log)));
      const connection = bed.fake.expectConnection().open();
      const entries = countEntries();
      connection.raw(TEN_EVENTS);
      expect(entries.count).toBe(1);
      connection.comment('beat').comment('beat');
      expect(entries.count).toBe(1);
      connection.raw(`: beat\n\n${TEN_EVENTS}`);
      expect(entries.count).toBe(2);
      connection.raw('id: 7\n\n');
      expect(entries.count).toBe(2);
      connection.raw('retry: 10\n\n');
      expect(entries.count).toBe(3);
      connection.end();
      expect(entries.count).toBe(5);
      const events = Array<string>(10).fill(`event ${bed.inside}`);
      expect(log).toEqual([
        ...[`connecting ${bed.inside}`, `open ${bed.inside}`],
        ...events,
        // Heartbeats alone don't enter the zone.
        ...['comment outside', 'comment outside'],
        ...[`comment ${bed.inside}`, ...events],
        ...[`retry-time ${bed.inside}`, `closed ${bed.inside}`, `complete ${bed.inside}`],
      ]);
    });

    it.each(['a clean end', 'a 404 response', 'destroy inside it', 'destroy outside it'])(
      "is never entered with `zone: 'outside'`, not even on %s",
      end => {
        const log: string[] = [];
        const injector = bed.newInjector();
        const source = injectEventSource({ injector }).lifecycle('/stream', { zone: 'outside', reconnect: false });
        const emptied: string[] = [];
        bed.ngZone().run(() => observe(whereNotified(source, log)));
        bed.ngZone().onMicrotaskEmpty.subscribe(() => emptied.push('!'));
        const connection = bed.fake.expectConnection();
        if (end === 'a 404 response') connection.refuse(404);
        else connection.open().raw(TEN_EVENTS).comment('beat');
        bed.clock.runOut();
        if (end === 'a clean end') connection.end();
        if (end === 'destroy outside it') injector.destroy();
        expect(emptied).toEqual([]);
        if (end === 'destroy inside it') bed.ngZone().run(() => injector.destroy());
        expect(log.length).toBeGreaterThan(1);
        expect(log.at(-1)).toBe(end === 'a 404 response' ? 'error outside' : 'complete outside');
        expect(log.filter(line => line.endsWith(' inside'))).toEqual([]);
      },
    );

    it('receives every error, of the stream or of the functions among the options', () => {
      const failures: [SseOptions, (connection: () => FakeConnection) => unknown][] = [
        [{}, connection => connection().refuse(404)],
        [{ headers: thrower }, () => undefined],
        [{ prepare: thrower }, () => undefined],
        [{ validate: thrower }, connection => connection().open()],
        [{ deliver: thrower }, connection => connection().open().send('x')],
        [{ reconnect: { when: thrower } }, connection => connection().refuse(503)],
        [{ reconnect: { wake: new Observable(thrower) } }, connection => connection().refuse(503)],
        [{ lastEventId: { get: thrower, set: () => undefined } }, () => undefined],
        [{ maxEventSize: 2 }, connection => connection().open().send('too large')],
      ];
      for (const [options, fail] of failures) {
        const log: string[] = [];
        const stream = observe(whereNotified(bed.bound()('/stream', options), log));
        fail(() => bed.fake.expectConnection());
        bed.clock.runOut();
        expect(stream.status).toBe('failed');
        expect(log.at(-1)).toBe(`error ${bed.inside}`);
      }
    });

    it('is where a custom `deliver` runs, except for heartbeats; events that it leaves are delivered at the end', () => {
      const calls: string[] = [];
      const lifecycle = bed.bound().lifecycle('/stream', {
        reconnect: false,
        deliver: (flush, heartbeat) => {
          calls.push(
            `${heartbeat ? 'beat' : 'more'} ${NgZone.isInAngularZone() ? 'inside' : 'outside'}, left ${flush(2)}`,
          );
        },
      });
      const stream = observe(lifecycle);
      const connection = bed.fake.expectConnection().open();
      connection.comment('beat');
      connection.raw(TEN_EVENTS);
      expect(calls).toEqual([
        `more ${bed.inside}, left 0`,
        `more ${bed.inside}, left 0`,
        'beat outside, left 0',
        `more ${bed.inside}, left 8`,
      ]);
      // With events that are left, it is more than a heartbeat.
      connection.comment('beat');
      expect(calls.at(-1)).toBe(`more ${bed.inside}, left 7`);
      connection.end();
      expect(stream.status).toBe('completed');
      expect(stream.values).toHaveLength(2 + 1 + 10 + 1 + 1);
    });

    it('is entered for each of two subscribers', () => {
      const events$ = bed.bound()('/stream');
      const streams = [observe(events$), observe(events$)];
      const [first, second] = [bed.fake.expectConnection().open(), bed.fake.expectConnection().open()];
      const entries = countEntries();
      first.send('a');
      second.send('b');
      first.send('c');
      expect(entries.count).toBe(3);
      expect(streams.map(({ values }) => values.map(event => event.data).join())).toEqual(['a,c', 'b']);
    });
  });
}

function thrower(): never {
  throw new Error('of the application');
}
