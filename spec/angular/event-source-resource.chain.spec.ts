/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { resource, type ResourceStatus, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { eventSourceResource } from '../../src/angular/index.js';

const bed = useResourceBed();

/** Another resource, reduced to what `chain` reads. */
function other(status: ResourceStatus, value?: string) {
  const state = signal({ status, value, error: undefined as Error | undefined });
  return {
    state,
    resource: {
      status: () => state().status,
      value: () => state().value ?? '',
      error: () => state().error,
    } as unknown as ReturnType<typeof resource<string, unknown>>,
  };
}

describe('`chain` in the request of an eventSourceResource', () => {
  const follow = (room: ReturnType<typeof other>) =>
    bed.inContext(() =>
      eventSourceResource(({ chain }) => `/rooms/${chain(room.resource) ?? ''}`, {
        initial: '',
        reduce: (all, { data }) => all + data,
      }),
    );

  it('waits for the other resource, and connects once it has a value', () => {
    const room = other('loading');
    const messages = follow(room);
    TestBed.tick();
    bed.server.expectNoConnection();
    expect([messages.status(), messages.isLoading()]).toEqual(['loading', true]);
    expect(messages.reload()).toBe(false);
    room.state.set({ status: 'resolved', value: 'lobby', error: undefined });
    bed.connected('/rooms/lobby').open().send('x');
    expect([messages.status(), messages.value()]).toEqual(['resolved', 'x']);
  });

  it('is idle with the other resource, closes the stream while it reloads, and follows its next value', () => {
    const room = other('idle');
    const messages = follow(room);
    TestBed.tick();
    expect(messages.status()).toBe('idle');
    room.state.set({ status: 'local', value: 'a', error: undefined });
    const first = bed.connected('/rooms/a').open().send('x');
    room.state.set({ status: 'reloading', value: 'a', error: undefined });
    expect([messages.status(), messages.value()]).toEqual(['loading', '']);
    TestBed.tick();
    expect(first.state).toBe('closed');
    room.state.set({ status: 'resolved', value: 'b', error: undefined });
    bed.connected('/rooms/b').open();
    expect(messages.status()).toBe('resolved');
  });

  it('fails with the error of the other resource, and recovers with it', () => {
    const room = other('error');
    const error = new RangeError('no room');
    room.state.update(state => ({ ...state, error }));
    const messages = follow(room);
    TestBed.tick();
    expect([messages.status(), messages.error()]).toEqual(['error', error]);
    room.state.set({ status: 'resolved', value: 'a', error: undefined });
    bed.connected('/rooms/a').open();
    expect([messages.status(), messages.error()]).toEqual(['resolved', undefined]);
  });

  it('follows a resource of Angular', async () => {
    const id = signal<string | undefined>(undefined);
    const room = bed.inContext(() =>
      resource({ params: () => id(), loader: ({ params }) => Promise.resolve(`${params}!`) }),
    );
    const messages = bed.inContext(() =>
      eventSourceResource(({ chain }) => `/${chain(room) ?? ''}`, {
        initial: '',
        reduce: (all, { data }) => all + data,
      }),
    );
    TestBed.tick();
    expect(messages.status()).toBe('idle');
    id.set('a');
    TestBed.tick();
    expect(messages.status()).toBe('loading');
    await TestBed.inject((await import('@angular/core')).ApplicationRef).whenStable();
    bed.connected('/a!').open();
    expect(messages.status()).toBe('resolved');
  });

  it('handles the status that Angular throws in place of a value', () => {
    // Angular 22 exports this class.
    class ResourceParamsStatus extends Error {
      static readonly IDLE = new ResourceParamsStatus('IDLE');
      static readonly LOADING = new ResourceParamsStatus('LOADING');
    }
    const thrown = signal<Error | undefined>(ResourceParamsStatus.IDLE);
    const messages = bed.inContext(() =>
      eventSourceResource(
        () => {
          const error = thrown();
          if (error) throw error;
          return '/a';
        },
        { initial: '', reduce: (all, { data }) => all + data },
      ),
    );
    expect(messages.status()).toBe('idle');
    thrown.set(ResourceParamsStatus.LOADING);
    expect(messages.status()).toBe('loading');
    thrown.set(new ResourceParamsStatus('another'));
    expect(messages.status()).toBe('error');
    thrown.set(undefined);
    bed.connected().open();
    expect(messages.status()).toBe('resolved');
  });
});
