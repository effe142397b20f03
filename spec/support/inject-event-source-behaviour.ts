/* eslint jest/no-export: off -- these tests run with zone.js and without, each in its own spec */
// The compiler must be imported first.
import { useEventSourceBed } from './event-source-bed.js';
import { effect, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { repeat, retry, take } from 'rxjs';
import { injectEventSource } from '../../src/angular/index.js';
import type { ChangeDetection } from './angular.js';
import { changeDetectionBehaviour } from './change-detection-behaviour.js';
import { describeChecked } from './checked.js';
import { injectorTeardownBehaviour } from './injector-teardown-behaviour.js';
import { observe } from './observe.js';
import { randomScriptBehaviour } from './random-script-behaviour.js';
import { stabilityBehaviour } from './stability-behaviour.js';
import { zoneBehaviour } from './zone-behaviour.js';

/** Defines the tests of injectEventSource, with zone.js or without. */
export function injectEventSourceBehaviour(changeDetection: ChangeDetection): void {
  const bed = useEventSourceBed(changeDetection);

  changeDetectionBehaviour(bed);
  zoneBehaviour(bed);
  stabilityBehaviour(bed);
  injectorTeardownBehaviour(bed);
  randomScriptBehaviour(bed);

  describe('an effect', () => {
    it('reconnects when its own signals change, but not when a signal that the options read changes', () => {
      const room = signal('/a');
      const token = signal('1');
      const seen: string[] = [];
      const eventSource = bed.bound();
      const runEffects = () => bed.ngZone().run(() => TestBed.tick());
      TestBed.runInInjectionContext(() =>
        effect(onCleanup => {
          const source = eventSource.lifecycle(room(), { headers: () => ({ authorization: token() }) });
          const subscription = source.subscribe(({ kind }) => seen.push(kind));
          onCleanup(() => subscription.unsubscribe());
        }),
      );
      runEffects();
      const first = bed.fake.expectConnection({ url: '/a', headers: { authorization: '1' } }).open();
      token.set('2');
      runEffects();
      expect(first.state).toBe('open');
      room.set('/b');
      runEffects();
      expect(first.state).toBe('closed');
      bed.fake.expectConnection({ url: '/b', headers: { authorization: '2' } });
      expect(seen).toEqual(['connecting', 'open', 'connecting']);
    });
  });

  describe('the position', () => {
    it('is kept by the stream of one call across reconnects, `retry` and `repeat`', () => {
      const stream = observe(
        bed
          .bound()('/stream', { reconnect: { count: 1, delay: 0 } })
          .pipe(retry(1), repeat(2)),
      );
      const connect = (lastEventId: string) => bed.fake.expectConnection({ lastEventId }).open();
      connect('').send({ id: 1, data: 'a' }).break();
      bed.clock.runOut();
      connect('1').break();
      bed.clock.runOut();
      // The count is used up: `retry` subscribes again.
      connect('1').send({ id: 2, data: 'b' }).end();
      bed.clock.runOut();
      bed.fake.expectConnection({ lastEventId: '2' }).refuse(204);
      // The stream has completed: `repeat` subscribes again.
      connect('2').send({ id: 3, data: 'c' });
      stream.subscription.unsubscribe();
      expect(stream.values.map(event => event.data)).toEqual(['a', 'b', 'c']);
    });

    it('is separate for each call', () => {
      const eventSource = bed.bound();
      const first = observe(eventSource('/stream').pipe(take(1)));
      bed.fake.expectConnection().open().send({ id: 1, data: 'a' });
      expect(first.status).toBe('completed');
      observe(eventSource('/stream').pipe(take(1)));
      bed.fake.expectConnection({ lastEventId: '' }).open().send('b');
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
      const eventSource = bed.bound();
      for (const create of [eventSource, eventSource.lifecycle]) {
        expect(() => create('/stream', { [name]: value })).toThrow(TypeError);
        expect(() => create('/stream', { [name]: value })).toThrow(message);
      }
    });

    it.each([null, 7, 'batch'])('throws for stream options that are %p', options => {
      expect(() => bed.bound()('/stream', options as never)).toThrow(
        /^Expected an object for the option `options`, but got /,
      );
    });

    it('throws for a URL of another type', () => {
      expect(() => bed.bound()(7 as never)).toThrow(
        new TypeError('Expected a string or a URL as the url, but got number'),
      );
    });
  });
}
