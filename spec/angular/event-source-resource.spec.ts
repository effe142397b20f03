/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { ApplicationRef, Component, Injector, Input, input, PLATFORM_ID, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventSourceResource } from '../../src/angular/index.js';
import { IDLE_CONNECTION } from '../../src/index.js';
import { stateLine } from '../support/state-line.js';
import { textResource } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('the state of the stream', () => {
    it('is reported from the first attempt to the end', () => {
      const resource = textResource();
      const states = [stateLine(resource)];
      const note = () => states.push(stateLine(resource));

      const first = bed.connected();
      note();
      first.refuse(503);
      bed.clock.advanceTo(bed.clock.now());
      note();
      bed.wait();
      note();
      const second = bed.server.expectConnection().open();
      note();
      second.send({ id: 1, data: 'x' });
      note();
      bed.breakIt(second);
      note();
      bed.wait();
      note();
      const third = bed.server.expectConnection({ lastEventId: '1' }).open();
      note();
      third.send({ id: 2, data: 'y' });
      note();
      third.end();
      note();
      bed.wait();
      bed.server.expectConnection({ lastEventId: '2' }).refuse(204);
      note();

      expect(states).toEqual([
        'loading: "", after "", idle',
        'loading: "", after "", connecting',
        'loading: "", after "", waiting',
        'loading: "", after "", connecting',
        'resolved: "", after "", open',
        'resolved: "x", after "1", open',
        'resolved: "x", after "1", waiting',
        'resolved: "x", after "1", connecting',
        'resolved: "x", after "1", open',
        'resolved: "xy", after "2", open',
        'resolved: "xy", after "2", waiting',
        'resolved: "xy", after "2", closed',
      ]);
    });

    it('is updated without waiting for an effect', () => {
      const resource = textResource();
      const connection = bed.connected().open();
      connection.send({ id: 1, data: 'x' });
      expect(resource.value()).toBe('x');
      expect(resource.lastEventId()).toBe('1');
    });

    it('is idle while there is no request', () => {
      const resource = textResource(() => undefined);
      expect(stateLine(resource)).toBe('idle: "", after "", idle');
      expect(resource.connection()).toBe(IDLE_CONNECTION);
      TestBed.tick();
      bed.server.expectNoConnection();
      expect(resource.reload()).toBe(false);
      TestBed.tick();
      expect(stateLine(resource)).toBe('idle: "", after "", idle');
    });

    it('contains the time of the next attempt, on the clock of its timers, and why the last one failed', () => {
      const resource = textResource();
      bed.clock.advanceTo(500);
      bed.connected().refuse(503);
      bed.clock.advanceTo(500);
      expect(resource.connection()).toMatchObject({
        status: 'waiting',
        attempt: 1,
        retryAt: 1500,
        error: { name: 'ResponseStatusError', status: 503 },
      });
    });

    it('is resolved when the response to a POST has ended', () => {
      const resource = textResource(() => ({ url: '/a', method: 'POST', body: 'q' }));
      const connection = bed.connected().open().send('x');
      expect(connection.body).toBe('q');
      connection.end();
      expect(stateLine(resource)).toBe('resolved: "x", after "", closed');
    });

    it('is resolved if the response has no content', () => {
      const resource = textResource();
      bed.connected().refuse(204);
      expect(stateLine(resource)).toBe('resolved: "", after "", closed');
    });
  });

  describe('the end of its injector', () => {
    const childInjector = () => Injector.create({ providers: [], parent: TestBed.inject(Injector) });

    it('closes the connection, and writes nothing after that', () => {
      const injector = childInjector();
      const resource = textResource(undefined, { injector });
      const connection = bed.connected().open().send('x');
      const before = stateLine(resource);
      injector.destroy();
      expect(connection.state).toBe('closed');
      expect(resource.reload()).toBe(false);
      TestBed.tick();
      bed.server.expectNoConnection();
      expect(stateLine(resource)).toBe(before);
    });

    it('freezes the state, even if the request changes', () => {
      const injector = childInjector();
      const room = signal('/a');
      const resource = textResource(room, { injector });
      bed.connected().open().send({ id: 1, data: 'x' });
      injector.destroy();
      room.set('/b');
      expect(stateLine(resource)).toBe('resolved: "x", after "1", open');
    });

    it.each(['reduce', 'reduceMany'])('takes effect within `%s`, too', name => {
      const injector = childInjector();
      const take = (all: string) => {
        injector.destroy();
        return `${all}!`;
      };
      const resource = textResource(undefined, { injector, reduce: undefined, [name]: take });
      const connection = bed.connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\n');
      expect(connection.state).toBe('closed');
      expect(stateLine(resource)).toBe('resolved: "", after "", open');
    });

    it('takes effect within `reset`, too', () => {
      const injector = childInjector();
      const reset = () => {
        injector.destroy();
        return 'reset';
      };
      const resource = textResource(undefined, { injector, reset });
      bed.connected().open().send('x').end();
      bed.wait();
      expect(bed.server.expectConnection().open().state).toBe('closed');
      expect(stateLine(resource)).toBe('resolved: "x", after "", open');
    });

    it('prevents a connection that isn’t made yet', () => {
      const injector = childInjector();
      textResource(undefined, { injector });
      injector.destroy();
      TestBed.tick();
      expect(bed.server.connections).toEqual([]);
    });
  });

  describe('in a component', () => {
    @Component({
      selector: 'app-room',
      template: `
        @if (messages.hasValue()) {
          <b>{{ messages.value() }}: </b>
        }
        <i>{{ messages.status() }}</i>
      `,
    })
    class Room {
      readonly url = input.required<string>();
      readonly messages = eventSourceResource(() => this.url(), {
        initial: undefined as string | undefined,
        reduce: (all, event) => (all ?? '') + event.data,
      });
    }

    // The Angular CLI adds this decorator for an `input` when it compiles at runtime.
    const decorate = Input({ isSignal: true, alias: 'url', required: true } as Input) as PropertyDecorator;
    decorate(Room.prototype, 'url');

    it('follows an input, and closes with the component', () => {
      const fixture = TestBed.createComponent(Room);
      const show = (url: string) => {
        fixture.componentRef.setInput('url', url);
        fixture.detectChanges();
      };
      const shown = () => {
        fixture.detectChanges();
        return (fixture.nativeElement as Element).textContent.replace(/\s+/g, ' ').trim();
      };
      // A required input can't be read before it is set.
      expect(fixture.componentInstance.messages.status()).toBe('error');
      show('/a');
      const first = bed.server.expectConnection('/a');
      expect(shown()).toBe('loading');
      first.open();
      expect(shown()).toBe('resolved');
      first.send('x');
      expect(shown()).toBe('x: resolved');
      show('/b');
      expect(first.state).toBe('closed');
      const second = bed.server.expectConnection('/b');
      expect(shown()).toBe('loading');
      second.open().send('y');
      expect(shown()).toBe('y: resolved');
      fixture.destroy();
      expect(second.state).toBe('closed');
    });
  });

  describe('in a server-rendered page', () => {
    beforeEach(() => bed.provide({}, { provide: PLATFORM_ID, useValue: 'server' }));

    it('doesn’t connect, and keeps its initial state', () => {
      const resource = textResource();
      TestBed.tick();
      bed.server.expectNoConnection();
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
    });

    it("connects if the request has `ssr: 'connect'`", () => {
      const resource = textResource(() => ({ url: '/a', ssr: 'connect' }));
      bed.connected().open().send('x');
      expect(resource.value()).toBe('x');
    });
  });

  it('doesn’t block the stability of the application or its start', async () => {
    const resource = textResource();
    await TestBed.inject(ApplicationRef).whenStable();
    bed.server.expectConnection();
    expect(resource.status()).toBe('loading');
  });
});
