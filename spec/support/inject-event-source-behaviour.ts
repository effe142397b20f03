/* eslint jest/no-export: off -- what these tests say holds with zone.js and without, and each has a spec of its own */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, though it does not extend it */
/* eslint jest/expect-expect: ['error', { assertFunctionNames: ['expect', 'expectStable'] }] */
// The compiler must be imported first.
import { type ChangeDetection, initTestBed } from './angular.js';
import {
  afterEveryRender,
  ApplicationRef,
  ChangeDetectorRef,
  Component,
  createEnvironmentInjector,
  Directive,
  effect,
  EnvironmentInjector,
  inject,
  Injectable,
  Injector,
  NgZone,
  provideZoneChangeDetection,
  provideZonelessChangeDetection,
  signal,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ComponentFixtureAutoDetect, TestBed } from '@angular/core/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler, firstValueFrom, map, Observable, repeat, retry, Subject, take, takeUntil } from 'rxjs';
import { injectEventSource, provideSse, type SseOptions, withDefaults } from '../../src/angular/index.js';
import {
  connectionState,
  type EventSourceLifecycle,
  type EventSourceOptions,
  type FetchLike,
  fromEventSource,
  fromEventSourceLifecycle,
  type ServerSentEvent,
} from '../../src/index.js';
import { type FakeConnection, type FakeEventSource, fakeEventSource } from '../../src/testing/index.js';
import { Clock } from './clock.js';
import { observe, ofKind } from './observe.js';
import { firstSeed } from './random-stream.js';
import { SseServer } from './sse-server.js';
import { until } from './until.js';
import { describeChecked } from './checked.js';

/** One chunk of ten events. */
const TEN_EVENTS = 'data: x\n\n'.repeat(10);

export function injectEventSourceBehaviour(changeDetection: ChangeDetection): void {
  const zoned = changeDetection === 'zone.js';
  let fake: FakeEventSource;
  let clock: Clock;

  beforeAll(initTestBed);
  beforeEach(() => {
    fake = fakeEventSource();
    clock = new Clock();
    TestBed.configureTestingModule({
      providers: [
        zoned
          ? [provideZoneChangeDetection(), { provide: ComponentFixtureAutoDetect, useValue: true }]
          : provideZonelessChangeDetection(),
        provideSse(
          withDefaults({
            fetch: fake.fetch,
            scheduler: clock,
            reconnect: { delay: 1000, jitter: 0, wake: new Subject() },
          }),
        ),
      ],
    });
  });
  afterEach(() => {
    // Destroys everything that the test has created. A connection that is still open then is a leak.
    TestBed.resetTestingModule();
    fake.verify();
  });

  const bound = () => TestBed.runInInjectionContext(() => injectEventSource());
  const ngZone = () => TestBed.inject(NgZone);
  const newInjector = () => createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));

  /** Counts how often `NgZone.run` is called from outside the zone. Without zone.js, it is called all the same. */
  function countEntries(): { count: number } {
    const entries = { count: 0 };
    const zone = ngZone();
    const run = zone.run.bind(zone);
    const runOutsideAngular = zone.runOutsideAngular.bind(zone);
    let depth = 0;
    const within = <T>(newDepth: number, call: () => T): T => {
      const before = depth;
      depth = newDepth;
      try {
        return call();
      } finally {
        depth = before;
      }
    };
    zone.run = (...args) => {
      if (depth === 0) entries.count++;
      return within(depth + 1, () => run(...args));
    };
    zone.runOutsideAngular = call => within(0, () => runOutsideAngular(call));
    return entries;
  }

  /** Logs whether each notification arrives inside or outside the zone. Without zone.js, all are outside. */
  function whereNotified<T>(source: Observable<T>, log: string[] = []): Observable<T> {
    const note = (what: string) => log.push(`${what} ${NgZone.isInAngularZone() ? 'inside' : 'outside'}`);
    return new Observable(subscriber =>
      source.subscribe({
        next: value => {
          note((value as { kind?: string }).kind ?? 'event');
          subscriber.next(value);
        },
        error: (error: unknown) => {
          note('error');
          subscriber.error(error);
        },
        complete: () => {
          note('complete');
          subscriber.complete();
        },
      }),
    );
  }
  const inside = zoned ? 'inside' : 'outside';

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
    ])('runs 100 times for 100 chunks of 10 events from a real server (%s)', async (_name, zone) => {
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
      const connection = fake.expectConnection().open();
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
      const connections = [fake.expectConnection('/market'), fake.expectConnection('/market')];
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

  describe('the zone', () => {
    it.each<[string, (zone: NgZone, subscribe: () => void) => unknown]>([
      ['outside of it', (_zone, subscribe) => subscribe()],
      ['inside of it', (zone, subscribe) => zone.run(subscribe)],
      ['in a turn of it that leaves it', (zone, subscribe) => zone.run(() => zone.runOutsideAngular(subscribe))],
    ])('is entered once per chunk, even if the stream was subscribed to %s', (_name, where) => {
      const log: string[] = [];
      const lifecycle = bound().lifecycle('/stream', { reconnect: false });
      where(ngZone(), () => observe(whereNotified(lifecycle, log)));
      const connection = fake.expectConnection().open();
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
      const events = Array<string>(10).fill(`event ${inside}`);
      expect(log).toEqual([
        ...[`connecting ${inside}`, `open ${inside}`],
        ...events,
        // Heartbeats alone don't enter the zone.
        ...['comment outside', 'comment outside'],
        ...[`comment ${inside}`, ...events],
        ...[`retry-time ${inside}`, `closed ${inside}`, `complete ${inside}`],
      ]);
    });

    it.each(['end', 'refuse', 'destroy in the zone', 'destroy outside'])(
      "is never entered with `zone: 'outside'`: %s",
      end => {
        const log: string[] = [];
        const injector = newInjector();
        const source = injectEventSource({ injector }).lifecycle('/stream', { zone: 'outside', reconnect: false });
        const emptied: string[] = [];
        ngZone().run(() => observe(whereNotified(source, log)));
        ngZone().onMicrotaskEmpty.subscribe(() => emptied.push('!'));
        const connection = fake.expectConnection();
        if (end === 'refuse') connection.refuse(404);
        else connection.open().raw(TEN_EVENTS).comment('beat');
        clock.runOut();
        if (end === 'end') connection.end();
        if (end === 'destroy outside') injector.destroy();
        expect(emptied).toEqual([]);
        if (end === 'destroy in the zone') ngZone().run(() => injector.destroy());
        expect(log.length).toBeGreaterThan(1);
        expect(log.at(-1)).toBe(end === 'refuse' ? 'error outside' : 'complete outside');
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
        const stream = observe(whereNotified(bound()('/stream', options), log));
        fail(() => fake.expectConnection());
        clock.runOut();
        expect(stream.status).toBe('failed');
        expect(log.at(-1)).toBe(`error ${inside}`);
      }
    });

    it('is where a custom `deliver` runs, except for heartbeats; events that it leaves are delivered at the end', () => {
      const calls: string[] = [];
      const lifecycle = bound().lifecycle('/stream', {
        reconnect: false,
        deliver: (flush, heartbeat) => {
          calls.push(
            `${heartbeat ? 'beat' : 'more'} ${NgZone.isInAngularZone() ? 'inside' : 'outside'}, left ${flush(2)}`,
          );
        },
      });
      const stream = observe(lifecycle);
      const connection = fake.expectConnection().open();
      connection.comment('beat');
      connection.raw(TEN_EVENTS);
      expect(calls).toEqual([
        `more ${inside}, left 0`,
        `more ${inside}, left 0`,
        'beat outside, left 0',
        `more ${inside}, left 8`,
      ]);
      // With events that are left, it is more than a heartbeat.
      connection.comment('beat');
      expect(calls.at(-1)).toBe(`more ${inside}, left 7`);
      connection.end();
      expect(stream.status).toBe('completed');
      expect(stream.values).toHaveLength(2 + 1 + 10 + 1 + 1);
    });

    it('is entered for each of two subscribers', () => {
      const events$ = bound()('/stream');
      const streams = [observe(events$), observe(events$)];
      const [first, second] = [fake.expectConnection().open(), fake.expectConnection().open()];
      const entries = countEntries();
      first.send('a');
      second.send('b');
      first.send('c');
      expect(entries.count).toBe(3);
      expect(streams.map(({ values }) => values.map(event => event.data).join())).toEqual(['a,c', 'b']);
    });
  });

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
      expect(ngZone()).toMatchObject({ hasPendingMacrotasks: false, hasPendingMicrotasks: false, isStable: true });
      await app.whenStable();
    }

    it('holds before the headers, with an open stream, between its chunks, and in a wait', async () => {
      const reconnect = { delay: 60_000 };
      const lifecycle = bound().lifecycle(server.url, { ...options(), reconnect });
      const stream = ngZone().run(() => observe(lifecycle));
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
      const stream = ngZone().run(() => observe(bound()(server.url, options())));
      const exchange = (await server.exchange(0)).open();
      const states = new Set<boolean>();
      const watching = ngZone().onMicrotaskEmpty.subscribe(() => states.add(ngZone().hasPendingMacrotasks));
      for (let chunk = 0; chunk < 60; chunk++) exchange.send('data: x\n\n'.repeat(4096));
      await stream.first(60 * 4096);
      expect([...states]).toEqual(zoned ? [false] : []);
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
      const events$ = bound()(server.url, { ...options(), ...options_(gate) });
      const stream = observe(events$);
      if (isRefused) (await server.exchange(0)).refuse(503);
      if (name === 'validate') (await server.exchange(0)).open();
      await until(() => gate.observed);
      ngZone().run(() => gate.next(undefined));
      await expectStable();
      const exchange = await server.exchange(isRefused ? 1 : 0);
      await expectStable();
      if (name !== 'validate') exchange.open();
      exchange.send('data: first\n\n');
      await stream.first(1);
      const unstable: string[] = [];
      ngZone().onUnstable.subscribe(() => unstable.push('!'));
      const before = chunksRead;
      for (let beat = 1; beat <= 10; beat++) {
        exchange.send(': beat\n\n');
        await until(() => chunksRead === before + beat);
      }
      expect(unstable).toEqual([]);
      exchange.send('data: second\n\n');
      await stream.first(2);
      expect(unstable).toEqual(zoned ? ['!'] : []);
    });
  });

  describe('an effect', () => {
    it('reconnects when its own signals change, but not when a signal that the options read changes', () => {
      const room = signal('/a');
      const token = signal('1');
      const seen: string[] = [];
      const eventSource = bound();
      const runEffects = () => ngZone().run(() => TestBed.tick());
      TestBed.runInInjectionContext(() =>
        effect(onCleanup => {
          const source = eventSource.lifecycle(room(), { headers: () => ({ authorization: token() }) });
          const subscription = source.subscribe(({ kind }) => seen.push(kind));
          onCleanup(() => subscription.unsubscribe());
        }),
      );
      runEffects();
      const first = fake.expectConnection({ url: '/a', headers: { authorization: '1' } }).open();
      token.set('2');
      runEffects();
      expect(first.state).toBe('open');
      room.set('/b');
      runEffects();
      expect(first.state).toBe('closed');
      fake.expectConnection({ url: '/b', headers: { authorization: '2' } });
      expect(seen).toEqual(['connecting', 'open', 'connecting']);
    });
  });

  describe('teardown', () => {
    it('happens when the component is destroyed', () => {
      @Component({ template: '' })
      class Page {
        readonly stream = observe(injectEventSource()('/stream'));
      }
      const fixture = TestBed.createComponent(Page);
      const connection = fake.expectConnection().open().send('a');
      fixture.destroy();
      expect(connection.state).toBe('closed');
      expect(fixture.componentInstance.stream).toMatchObject({ status: 'completed', values: [{ data: 'a' }] });
    });

    it('happens when the view of a directive is destroyed', async () => {
      @Directive({ selector: '[listens]' })
      class Listens {
        readonly last = toSignal(injectEventSource()('/stream'));
      }
      @Component({ imports: [Listens], template: '@if (shown()) {<p listens></p>}' })
      class Page {
        readonly shown = signal(true);
      }
      const fixture = TestBed.createComponent(Page);
      await fixture.whenStable();
      const connection = fake.expectConnection().open();
      fixture.componentInstance.shown.set(false);
      await fixture.whenStable();
      expect(connection.state).toBe('closed');
    });

    it('closes the socket on a real server', async () => {
      const server = await SseServer.start();
      @Component({ template: '{{ last()?.data }}' })
      class Page {
        readonly last = toSignal(injectEventSource()(server.url, { fetch, scheduler: asyncScheduler }));
      }
      const fixture = TestBed.createComponent(Page);
      const exchange = (await server.exchange(0)).open().send('data: a\n\n');
      await until(() => fixture.componentInstance.last()?.data === 'a');
      fixture.destroy();
      await exchange.gone();
      await server.idle();
      expect(server.exchanges).toHaveLength(1);
      await server.close();
    });

    it('happens for a service when its environment injector is destroyed', () => {
      @Injectable()
      class Chat {
        readonly stream = observe(injectEventSource()('/service'));
      }
      const injector = createEnvironmentInjector([Chat], TestBed.inject(EnvironmentInjector));
      const { stream } = injector.get(Chat);
      const connection = fake.expectConnection('/service').open();
      injector.destroy();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('completed');
    });

    it('happens when the given injector is destroyed; `injectEventSource` then needs no injection context', () => {
      @Component({ template: '' })
      class Page {
        readonly injector = inject(Injector);
      }
      const fixture = TestBed.createComponent(Page);
      const { injector } = fixture.componentInstance;
      const stream = observe(injectEventSource({ injector })('/stream'));
      const connection = fake.expectConnection().open();
      fixture.destroy();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('completed');
    });

    it.each(['the events', 'the lifecycle'])(
      'during the first event of a chunk drops the rest of the chunk: %s',
      what => {
        const injector = newInjector();
        const eventSource = injectEventSource({ injector });
        const source: Observable<ServerSentEvent | EventSourceLifecycle> =
          what === 'the events' ? eventSource('/stream') : eventSource.lifecycle('/stream');
        const log: unknown[] = [];
        source.subscribe({
          next: value => {
            if ('kind' in value && value.kind !== 'event') return;
            log.push('event');
            injector.destroy();
          },
          error: (error: unknown) => log.push(error),
          complete: () => log.push('complete'),
        });
        const connection = fake.expectConnection().open().raw(TEN_EVENTS);
        expect(log).toEqual(['event', 'complete']);
        expect(connection.state).toBe('closed');
        expect(clock.timers).toBe(0);
      },
    );

    it('during a wait cancels the wait', () => {
      const injector = newInjector();
      const stream = observe(injectEventSource({ injector })('/stream'));
      fake.expectConnection().open().end();
      expect(clock.timers).toBe(1);
      injector.destroy();
      expect(clock.timers).toBe(0);
      expect(stream.status).toBe('completed');
    });

    it('during subscribe makes no request', () => {
      const injector = newInjector();
      const log: string[] = [];
      injectEventSource({ injector })
        .lifecycle('/stream')
        .subscribe({
          next: ({ kind }) => {
            log.push(kind);
            injector.destroy();
          },
          complete: () => log.push('complete'),
        });
      expect(log).toEqual(['connecting', 'complete']);
      fake.expectNoConnection();
    });

    it('before subscribe makes no request, and the stream doesn’t emit or complete', () => {
      const injector = newInjector();
      const eventSource = injectEventSource({ injector });
      const before = eventSource('/stream');
      injector.destroy();
      const streams = [observe(before), observe(eventSource.lifecycle('/stream'))];
      expect(streams.map(({ status }) => status)).toEqual(['live', 'live']);
      fake.expectNoConnection();
    });

    it('stops an endless `repeat`, which doesn’t complete', () => {
      const injector = newInjector();
      const stream = observe(injectEventSource({ injector })('/stream', { reconnect: false }).pipe(repeat()));
      fake.expectConnection().open().end();
      const connection = fake.expectConnection().open();
      injector.destroy();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('live');
      fake.expectNoConnection();
    });

    it('of the application completes its streams, without warnings or errors on the console', () => {
      const warn = jest.spyOn(console, 'warn');
      const error = jest.spyOn(console, 'error');
      const stream = observe(bound()('/stream'));
      const connection = fake.expectConnection().open();
      TestBed.resetTestingModule();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('completed');
      expect(warn).not.toHaveBeenCalled();
      expect(error).not.toHaveBeenCalled();
      jest.restoreAllMocks();
    });

    it('by `unsubscribe` closes the connection, without entering the zone', () => {
      const log: string[] = [];
      const subscription = whereNotified(bound()('/stream'), log).subscribe();
      const connection = fake.expectConnection().open();
      const entries = countEntries();
      subscription.unsubscribe();
      expect(connection.state).toBe('closed');
      expect(log).toEqual([]);
      expect(entries.count).toBe(0);
    });

    it('by `unsubscribe` leaves no hook on the injector', () => {
      const injector = newInjector();
      const events$ = injectEventSource({ injector })('/stream');
      const hooks = (injector as unknown as { _onDestroyHooks: unknown[] })._onDestroyHooks;
      const before = hooks.length;
      for (let count = 0; count < 100; count++) {
        const subscription = events$.subscribe();
        fake.expectConnection().open();
        subscription.unsubscribe();
      }
      expect(hooks).toHaveLength(before);
    });

    it('by take(1) during subscribe makes no request', () => {
      const stream = observe(bound().lifecycle('/stream').pipe(take(1)));
      expect(stream).toMatchObject({ status: 'completed', values: [{ kind: 'connecting' }] });
      fake.expectNoConnection();
    });

    it('by take(1) delivers one event of a chunk of ten', () => {
      const stream = observe(bound()('/stream').pipe(take(1)));
      const connection = fake.expectConnection().open().raw(TEN_EVENTS);
      expect(stream.values).toHaveLength(1);
      expect(connection.state).toBe('closed');
    });
  });

  describe('the position', () => {
    it('is kept by the stream of one call across reconnects, `retry` and `repeat`', () => {
      const stream = observe(bound()('/stream', { reconnect: { count: 1, delay: 0 } }).pipe(retry(1), repeat(2)));
      const connect = (lastEventId: string) => fake.expectConnection({ lastEventId }).open();
      connect('').send({ id: 1, data: 'a' }).break();
      clock.runOut();
      connect('1').break();
      clock.runOut();
      // The count is used up: `retry` subscribes again.
      connect('1').send({ id: 2, data: 'b' }).end();
      clock.runOut();
      fake.expectConnection({ lastEventId: '2' }).refuse(204);
      // The stream has completed: `repeat` subscribes again.
      connect('2').send({ id: 3, data: 'c' });
      stream.subscription.unsubscribe();
      expect(stream.values.map(event => event.data)).toEqual(['a', 'b', 'c']);
    });

    it('is separate for each call', () => {
      const eventSource = bound();
      const first = observe(eventSource('/stream').pipe(take(1)));
      fake.expectConnection().open().send({ id: 1, data: 'a' });
      expect(first.status).toBe('completed');
      observe(eventSource('/stream').pipe(take(1)));
      fake.expectConnection({ lastEventId: '' }).open().send('b');
    });
  });

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
        return isInZone && (isEnd || batch?.isEntered) ? inside : 'outside';
      };
      const told = tell(example, [server, time], source.pipe(takeUntil(destroyed)), () => destroyed.next(), where);
      return { told, entries };
    }

    function actual(example: Example) {
      const [server, time] = [fakeEventSource(), new Clock()];
      const injector = newInjector();
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
          if (subscribedInside) ngZone().run(call);
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

  describeChecked('an invalid call', () => {
    it('throws outside of an injection context, and names the function', () => {
      expect(() => injectEventSource()).toThrow(/injectEventSource\(\)/);
    });

    it.each([null, 7, 'injector'])('throws for the function’s own options if they are %p', options => {
      expect(() => injectEventSource(options as never)).toThrow(
        /^Expected an object for the option `options`, but got /,
      );
    });

    it.each([null, 7, {}])('throws for an injector that is %p', injector => {
      expect(() => injectEventSource({ injector: injector as never })).toThrow(
        /^Expected an injector for the option `injector`, but got /,
      );
    });

    it.each<[string, unknown, RegExp]>([
      ['zone', 'inside', /^Expected 'batch' or 'outside' for the option `zone`, but got "inside" \(string\)$/],
      ['zone', true, /^Expected 'batch' or 'outside' for the option `zone`, but got true \(boolean\)$/],
      ['ssr', 'never', /^Expected 'idle' or 'connect' for the option `ssr`, but got "never" \(string\)$/],
      ['deliver', 7, /^Expected a function for the option `deliver`, but got 7 \(number\)$/],
      ['headers', 7, /`headers`/],
      ['prepare', {}, /`prepare`/],
      ['validate', {}, /`validate`/],
      ['reconnect', 7, /`reconnect`/],
      ['reconnect', { when: 7 }, /`reconnect.when`/],
      ['reconnect', { wake: 7 }, /`reconnect.wake`/],
      ['lastEventId', 7, /`lastEventId`/],
      ['lastEventId', { get: 7, set: 7 }, /`lastEventId`/],
      ['lastEventId', null, /`lastEventId`/],
      ['idleTimeout', 'soon', /`idleTimeout`/],
      ['fetch', {}, /`fetch`/],
    ])('throws for the option `%s` as %p', (name, value, message) => {
      const eventSource = bound();
      for (const create of [eventSource, eventSource.lifecycle]) {
        expect(() => create('/stream', { [name]: value })).toThrow(TypeError);
        expect(() => create('/stream', { [name]: value })).toThrow(message);
      }
    });

    it.each([null, 7, 'batch'])('throws for stream options that are %p', options => {
      expect(() => bound()('/stream', options as never)).toThrow(
        /^Expected an object for the option `options`, but got /,
      );
    });

    it('throws for a URL of another type', () => {
      expect(() => bound()(7 as never)).toThrow(new TypeError('Expected a string or a URL as the url, but got number'));
    });
  });
}

function thrower(): never {
  throw new Error('of the application');
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

/**
 * The platform's fetch with Promises of the test's realm. zone.js doesn't know the Promises of another realm: they stay
 * outside the zone in any case.
 */
function zoneAwareFetch(onChunk: () => void): FetchLike {
  return async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    const { status, headers, body } = response;
    const getReader = () => {
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      return {
        read: () =>
          Promise.resolve(reader.read()).then(read => {
            if (!read.done) onChunk();
            return read;
          }),
        cancel: () => reader.cancel(),
        releaseLock: () => reader.releaseLock(),
      };
    };
    const isLocked = () => body?.locked;
    return {
      status,
      headers,
      url: response.url,
      body: {
        getReader,
        get locked() {
          return isLocked();
        },
      },
    };
  };
}
