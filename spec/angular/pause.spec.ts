/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, map, tap } from 'rxjs';
import { eventSourceResource, injectEventSource, secondsUntil, type SseOptions } from '../../src/angular/index.js';
import { connectionState } from '../../src/index.js';
import { observe } from '../support/observe.js';

const bed = useResourceBed();
const texts = (options: SseOptions = {}) =>
  bed.inContext(() =>
    eventSourceResource(() => ({ url: '/a', ...options }), { initial: '', reduce: (all, { data }) => all + data }),
  );

describe('`connectWhile` in Angular', () => {
  it.each(['provideSse', 'the request'])(
    'of %s pauses a resource, which keeps its value and position, and resumes after them',
    where => {
      const visible = new BehaviorSubject(true);
      const options = { connectWhile: visible };
      if (where === 'provideSse') bed.provide(options);
      const resource = where === 'provideSse' ? texts() : texts(options);
      const first = bed.connected().open().send({ id: 1, data: 'a' });
      visible.next(false);
      expect(first.state).toBe('closed');
      expect([resource.status(), resource.value(), resource.lastEventId(), resource.connection().status]).toEqual([
        ...['resolved', 'a', '1'],
        'paused',
      ]);
      bed.clock.runOut();
      bed.server.expectNoConnection();
      visible.next(true);
      bed.server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' });
      expect([resource.value(), resource.connection().status]).toEqual(['ab', 'open']);
    },
  );

  it('holds a resource back from the start, including a reload and another request', () => {
    const visible = new BehaviorSubject(false);
    const url = signal('/a');
    const resource = bed.inContext(() =>
      eventSourceResource(() => ({ url: url(), connectWhile: visible }), {
        initial: '',
        reduce: (all, { data }) => all + data,
      }),
    );
    TestBed.tick();
    expect([resource.status(), resource.connection().status]).toEqual(['loading', 'paused']);
    expect(resource.reload()).toBe(true);
    TestBed.tick();
    url.set('/b');
    TestBed.tick();
    expect([resource.status(), resource.connection().status]).toEqual(['loading', 'paused']);
    bed.server.expectNoConnection();
    visible.next(true);
    bed.server.expectConnection('/b').open().send('x');
    expect([resource.status(), resource.value()]).toEqual(['resolved', 'x']);
  });

  it('keeps the position and a value set by hand over a pause in the middle of a wait', () => {
    const visible = new BehaviorSubject(true);
    const resource = texts({ connectWhile: visible });
    bed.breakIt(bed.connected().open().send({ id: 1, data: 'a' }));
    expect(resource.connection().status).toBe('waiting');
    visible.next(false);
    resource.set('by hand');
    bed.clock.runOut();
    expect([resource.connection().status, resource.connection().retryAt]).toEqual(['paused', null]);
    visible.next(true);
    bed.server.expectConnection({ lastEventId: '1' }).open().send('b');
    expect(resource.value()).toBe('by handb');
  });

  it('also pauses `events`, which miss nothing, and the countdown, which shows no second', () => {
    const visible = new BehaviorSubject(true);
    const resource = texts({ connectWhile: visible });
    const seconds = bed.inContext(() => secondsUntil(resource.connection));
    const { values } = observe(resource.events.pipe(map(({ data }) => data)));
    bed.breakIt(bed.connected().open().send({ id: 1, data: 'a' }));
    TestBed.tick();
    expect(seconds()).toBe(1);
    visible.next(false);
    expect(seconds()).toBeNull();
    TestBed.tick();
    expect(bed.clock.timers).toBe(0);
    visible.next(true);
    // The connection breaks right after it is back.
    bed.breakIt(bed.server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: 'b' }));
    visible.next(false);
    visible.next(true);
    bed.server.expectConnection({ lastEventId: '2' }).open().send({ id: 3, data: 'c' });
    expect(seconds()).toBeNull();
    expect(values).toEqual(['a', 'b', 'c']);
    expect(resource.value()).toBe('abc');
  });

  it('can come from a signal, which pauses a stream of injectEventSource', () => {
    const visible = signal(false);
    const { states, seen } = bed.inContext(() => {
      const steps = injectEventSource().lifecycle('/a', { connectWhile: toObservable(visible) });
      return { states: steps.pipe(connectionState({ scheduler: bed.clock })), seen: [] as string[] };
    });
    const { subscription } = observe(states.pipe(tap(({ status }) => seen.push(status))));
    TestBed.tick();
    visible.set(true);
    TestBed.tick();
    const first = bed.server.expectConnection('/a').open().send({ id: 1, data: 'a' });
    visible.set(false);
    TestBed.tick();
    expect(first.state).toBe('closed');
    visible.set(true);
    TestBed.tick();
    bed.server.expectConnection({ lastEventId: '1' }).open();
    expect(seen).toEqual(['idle', 'paused', 'connecting', 'open', 'paused', 'connecting', 'open']);
    subscription.unsubscribe();
  });
});
