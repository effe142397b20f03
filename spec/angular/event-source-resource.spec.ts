/**
 * @jest-environment jsdom
 */
import { initTestBed } from '../support/angular.js';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventSourceResource, provideSse, withDefaults } from '../../src/angular/index.js';
import { fakeEventSource } from '../../src/testing/index.js';

beforeAll(initTestBed);

describe('eventSourceResource', () => {
  it('works', () => {
    const server = fakeEventSource();
    TestBed.configureTestingModule({ providers: [provideSse(withDefaults({ fetch: server.fetch }))] });
    const room = signal<string | undefined>('a');
    const r = TestBed.runInInjectionContext(() =>
      eventSourceResource(() => room() && `/${room()}`, {
        initial: [] as string[],
        reduce: (all, e) => [...all, e.data],
      }),
    );
    expect(r.status()).toBe('loading');
    TestBed.tick();
    const c = server.expectConnection('/a').open();
    expect(r.status()).toBe('resolved');
    c.send({ data: 'x', id: '1' });
    expect(r.value()).toEqual(['x']);
    expect(r.lastEventId()).toBe('1');
    expect(r.snapshot()).toEqual({ status: 'resolved', value: ['x'] });
    r.reload();
    expect(r.status()).toBe('reloading');
    TestBed.tick();
    server.expectConnection({ url: '/a', lastEventId: '1' }).open();
    expect(r.value()).toEqual(['x']);
    room.set(undefined);
    expect(r.value()).toEqual([]);
    expect(r.status()).toBe('idle');
    TestBed.tick();
    server.verify();
  });
});
