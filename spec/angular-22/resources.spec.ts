/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { ApplicationRef, resource, ResourceParamsStatus, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { extendResource, withPreviousValueOnLoading } from '@ngrx/signals/resource';
import { eventSourceResource } from '../../src/angular/index.js';

const bed = useResourceBed();
const texts = { initial: '', reduce: (all: string, { data }: { data: string }) => all + data };

describe('eventSourceResource with the resources of Angular 22', () => {
  it('chains a resource of Angular, and can be chained by one', async () => {
    const id = signal<string | undefined>(undefined);
    const [room, messages, length] = bed.inContext(() => {
      const room = resource({ params: () => id(), loader: ({ params }) => Promise.resolve(params) });
      const messages = eventSourceResource(({ chain }) => `/rooms/${chain(room) ?? ''}`, texts);
      const length = resource({
        params: ({ chain }) => chain(messages).length,
        loader: ({ params }) => Promise.resolve(params),
      });
      return [room, messages, length];
    });
    const statuses = async () => {
      await TestBed.inject(ApplicationRef).whenStable();
      return [room, messages, length].map(each => each.status());
    };
    expect(await statuses()).toEqual(['idle', 'idle', 'idle']);
    id.set('a');
    TestBed.tick();
    expect([room, messages, length].map(each => each.status())).toEqual(['loading', 'loading', 'loading']);
    await TestBed.inject(ApplicationRef).whenStable();
    bed.connected('/rooms/a').open().send('xy');
    expect(await statuses()).toEqual(['resolved', 'resolved', 'resolved']);
    expect(length.value()).toBe(2);
  });

  it('handles the ResourceParamsStatus of Angular: IDLE makes it idle, LOADING makes it loading', () => {
    const status = signal<ResourceParamsStatus | undefined>(ResourceParamsStatus.IDLE);
    const messages = bed.inContext(() =>
      eventSourceResource(() => {
        const error = status();
        if (error) throw error;
        return '/a';
      }, texts),
    );
    expect(messages.status()).toBe('idle');
    status.set(ResourceParamsStatus.LOADING);
    expect(messages.status()).toBe('loading');
    status.set(undefined);
    bed.connected('/a').open();
    expect(messages.status()).toBe('resolved');
  });

  it('works with `extendResource` of NgRx 22: keeps the previous value while another request opens', () => {
    const url = signal('/a');
    const messages = bed.inContext(() => extendResource(eventSourceResource(url, texts), withPreviousValueOnLoading()));
    bed.connected('/a').open().send('x');
    expect([messages.value(), messages.hasValue()]).toEqual(['x', true]);
    url.set('/b');
    expect([messages.value(), messages.status()]).toEqual(['x', 'loading']);
    const connection = bed.connected('/b').open();
    expect(messages.value()).toBe('');
    connection.send('y');
    messages.update(all => `${all}!`);
    expect(messages.value()).toBe('y!');
  });
});
