/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import { NgZone } from '@angular/core';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Observable, Subject, takeUntil } from 'rxjs';
import { injectEventSource } from '../../src/angular/index.js';
import { type EventSourceOptions, fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';
import { countEntries } from './count-entries.js';
import type { EventSourceBed } from './event-source-bed.js';
import { firstSeed } from './random-stream.js';

/** Defines the test that compares a stream with the plain stream, by random scripts. */
export function randomScriptBehaviour(bed: EventSourceBed): void {
  describe('a random script', () => {
    const blocks = fc.constantFrom(...['data: x', 'id: 1\ndata: y', ': beat', ': beat', 'id: 7', 'retry: 5']);
    const act = (...names: string[]) => fc.constantFrom(...names).map(does => ({ does, text: '' }));
    const cases = fc.record({
      steps: fc.array(
        fc.oneof(
          {
            weight: 8,
            arbitrary: fc
              .array(blocks, { minLength: 1, maxLength: 4 })
              .map(lines => ({ does: 'send', text: lines.map(line => `${line}\n\n`).join('') })),
          },
          { weight: 6, arbitrary: act('open') },
          { weight: 3, arbitrary: act('end', 'break', 'refuse', 'fail', 'wait', 'wait', 'wait') },
          { weight: 1, arbitrary: act('no content', 'destroy', 'unsubscribe') },
        ),
        { maxLength: 30 },
      ),
      create: fc.constantFrom('events', 'lifecycle'),
      zone: fc.constantFrom('batch' as const, 'outside' as const),
      count: fc.constantFrom(0, 2, Infinity),
      /**
       * The number of the notification in which the script tears the stream down, and how. Some scripts never get
       * there.
       */
      leaveAt: fc.integer({ min: 1, max: 20 }),
      leave: fc.constantFrom('destroy', 'unsubscribe', 'stay'),
      subscribedInside: fc.boolean(),
    });
    type Example = typeof cases extends fc.Arbitrary<infer T> ? T : never;

    /** Returns all notifications of a subscriber, each with its place inside or outside the zone. */
    function tell(
      { steps, leave, leaveAt }: Example,
      [server, time]: readonly [FakeEventSource, Clock],
      source: Observable<unknown>,
      destroy: () => void,
      where: (isEnd: boolean) => string,
      subscribe = (call: () => void) => call(),
    ): string[] {
      const told: string[] = [];
      const left = new Subject<void>();
      let isGone = false;
      const unsubscribe = () => {
        isGone = true;
        left.next();
      };
      const toText = (value: unknown) =>
        JSON.stringify(value, (_, part: unknown) => (part instanceof Error ? String(part) : part));
      subscribe(() => {
        source.pipe(takeUntil(left)).subscribe({
          next: value => {
            told.push(`${toText(value)} ${where(false)}`);
            if (told.length !== leaveAt) return;
            if (leave === 'destroy') destroy();
            if (leave === 'unsubscribe') unsubscribe();
          },
          error: (error: unknown) => told.push(`${String(error)} ${where(true)}`),
          complete: () => {
            if (!isGone) told.push(`complete ${where(true)}`);
          },
        });
      });
      for (const { does, text } of steps) {
        const connection = server.connections.at(-1);
        if (does === 'destroy') destroy();
        if (does === 'unsubscribe') unsubscribe();
        if (does === 'wait') time.advanceTo(time.now() + 100_000);
        if (connection?.state === 'requested') {
          if (does === 'open') connection.open();
          if (does === 'refuse') connection.refuse(503);
          if (does === 'no content') connection.refuse(204);
          if (does === 'fail') connection.fail();
        } else if (connection?.state === 'open') {
          if (does === 'send') connection.raw(text);
          if (does === 'end') connection.end();
          if (does === 'break') connection.break();
        }
      }
      told.push(`connections: ${server.connections.map(({ state }) => state).join()}`, `timers: ${time.timers}`);
      unsubscribe();
      return told;
    }

    const optionsFor = ({ count }: Example, server: FakeEventSource, time: Clock): EventSourceOptions => ({
      fetch: server.fetch,
      scheduler: time,
      reconnect: { count, delay: 1000, jitter: 0, wake: new Subject() },
    });

    /** Returns the notifications of the plain stream, and how often its batches should enter the zone. */
    function expected(example: Example) {
      const [server, time] = [fakeEventSource(), new Clock()];
      const isInZone = example.zone === 'batch';
      let entries = 0;
      let batch: { isEntered: boolean } | undefined;
      const enter = () => {
        if (!isInZone || batch?.isEntered) return;
        entries++;
        if (batch) batch.isEntered = true;
      };
      const create = example.create === 'events' ? fromEventSource : fromEventSourceLifecycle;
      const source: Observable<unknown> = create('/stream', {
        ...optionsFor(example, server, time),
        deliver: (flush, heartbeat) => {
          const outer = batch;
          batch = { isEntered: false };
          if (!heartbeat) enter();
          flush();
          batch = outer;
        },
      });
      const destroyed = new Subject<void>();
      const where = (isEnd: boolean) => {
        if (isEnd) enter();
        return isInZone && (isEnd || batch?.isEntered) ? bed.inside : 'outside';
      };
      const told = tell(example, [server, time], source.pipe(takeUntil(destroyed)), () => destroyed.next(), where);
      return { told, entries };
    }

    function actual(example: Example) {
      const [server, time] = [fakeEventSource(), new Clock()];
      const injector = bed.newInjector();
      const eventSource = injectEventSource({ injector });
      const create = example.create === 'events' ? eventSource : eventSource.lifecycle;
      const { zone, subscribedInside } = example;
      const source: Observable<unknown> = create('/stream', { ...optionsFor(example, server, time), zone });
      let isDestroyed = false;
      const destroy = () => {
        if (!isDestroyed) injector.destroy();
        isDestroyed = true;
      };
      const before = entries.count;
      const told = tell(
        example,
        [server, time],
        source,
        destroy,
        () => (NgZone.isInAngularZone() ? 'inside' : 'outside'),
        call => {
          if (subscribedInside) bed.ngZone().run(call);
          else call();
        },
      );
      return { told, entries: entries.count - before - (subscribedInside ? 1 : 0) };
    }

    let entries: { count: number };

    it('notifies like the plain stream until teardown, and enters the zone once per batch', () => {
      entries = countEntries();
      fc.assert(
        fc.property(cases, example => {
          expect(actual(example)).toEqual(expected(example));
        }),
        { seed: firstSeed, numRuns: 150 },
      );
    });
  });
}
