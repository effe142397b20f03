/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- an EnvironmentInjector is an Injector, although it doesn't extend it */
import {
  Component,
  createEnvironmentInjector,
  Directive,
  EnvironmentInjector,
  inject,
  Injectable,
  Injector,
  signal,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it, jest } from '@jest/globals';
import { asyncScheduler, type Observable, repeat, take } from 'rxjs';
import { injectEventSource } from '../../src/angular/index.js';
import type { EventSourceLifecycle, ServerSentEvent } from '../../src/index.js';
import { countEntries } from './count-entries.js';
import type { EventSourceBed } from './event-source-bed.js';
import { observe } from './observe.js';
import { SseServer } from './sse-server.js';
import { TEN_EVENTS } from './ten-events.js';
import { until } from './until.js';
import { whereNotified } from './where-notified.js';

/** Defines the tests of the teardown of a stream, mostly by its injector. */
export function injectorTeardownBehaviour(bed: EventSourceBed): void {
  describe('teardown', () => {
    it('happens when the component is destroyed', () => {
      @Component({ template: '' })
      class Page {
        readonly stream = observe(injectEventSource()('/stream'));
      }
      const fixture = TestBed.createComponent(Page);
      const connection = bed.fake.expectConnection().open().send('a');
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
      const connection = bed.fake.expectConnection().open();
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
      const connection = bed.fake.expectConnection('/service').open();
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
      const connection = bed.fake.expectConnection().open();
      fixture.destroy();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('completed');
    });

    it.each(['the events', 'the lifecycle'])(
      'during the first event of a chunk drops the rest of the chunk: %s',
      what => {
        const injector = bed.newInjector();
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
        const connection = bed.fake.expectConnection().open().raw(TEN_EVENTS);
        expect(log).toEqual(['event', 'complete']);
        expect(connection.state).toBe('closed');
        expect(bed.clock.timers).toBe(0);
      },
    );

    it('during a wait cancels the wait', () => {
      const injector = bed.newInjector();
      const stream = observe(injectEventSource({ injector })('/stream'));
      bed.fake.expectConnection().open().end();
      expect(bed.clock.timers).toBe(1);
      injector.destroy();
      expect(bed.clock.timers).toBe(0);
      expect(stream.status).toBe('completed');
    });

    it('during subscribe makes no request', () => {
      const injector = bed.newInjector();
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
      bed.fake.expectNoConnection();
    });

    it('before subscribe makes no request, and the stream doesn’t emit or complete', () => {
      const injector = bed.newInjector();
      const eventSource = injectEventSource({ injector });
      const before = eventSource('/stream');
      injector.destroy();
      const streams = [observe(before), observe(eventSource.lifecycle('/stream'))];
      expect(streams.map(({ status }) => status)).toEqual(['live', 'live']);
      bed.fake.expectNoConnection();
    });

    it('stops an endless `repeat`, which doesn’t complete', () => {
      const injector = bed.newInjector();
      const stream = observe(injectEventSource({ injector })('/stream', { reconnect: false }).pipe(repeat()));
      bed.fake.expectConnection().open().end();
      const connection = bed.fake.expectConnection().open();
      injector.destroy();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('live');
      bed.fake.expectNoConnection();
    });

    it('of the application completes its streams, without warnings or errors on the console', () => {
      const warn = jest.spyOn(console, 'warn');
      const error = jest.spyOn(console, 'error');
      const stream = observe(bed.bound()('/stream'));
      const connection = bed.fake.expectConnection().open();
      TestBed.resetTestingModule();
      expect(connection.state).toBe('closed');
      expect(stream.status).toBe('completed');
      expect(warn).not.toHaveBeenCalled();
      expect(error).not.toHaveBeenCalled();
      jest.restoreAllMocks();
    });

    it('by `unsubscribe` closes the connection, without entering the zone', () => {
      const log: string[] = [];
      const subscription = whereNotified(bed.bound()('/stream'), log).subscribe();
      const connection = bed.fake.expectConnection().open();
      const entries = countEntries();
      subscription.unsubscribe();
      expect(connection.state).toBe('closed');
      expect(log).toEqual([]);
      expect(entries.count).toBe(0);
    });

    it('by `unsubscribe` leaves no hook on the injector', () => {
      const injector = bed.newInjector();
      const events$ = injectEventSource({ injector })('/stream');
      const hooks = (injector as unknown as { _onDestroyHooks: unknown[] })._onDestroyHooks;
      const before = hooks.length;
      for (let count = 0; count < 100; count++) {
        const subscription = events$.subscribe();
        bed.fake.expectConnection().open();
        subscription.unsubscribe();
      }
      expect(hooks).toHaveLength(before);
    });

    it('by take(1) during subscribe makes no request', () => {
      const stream = observe(bed.bound().lifecycle('/stream').pipe(take(1)));
      expect(stream).toMatchObject({ status: 'completed', values: [{ kind: 'connecting' }] });
      bed.fake.expectNoConnection();
    });

    it('by take(1) delivers one event of a chunk of ten', () => {
      const stream = observe(bed.bound()('/stream').pipe(take(1)));
      const connection = bed.fake.expectConnection().open().raw(TEN_EVENTS);
      expect(stream.values).toHaveLength(1);
      expect(connection.state).toBe('closed');
    });
  });
}
