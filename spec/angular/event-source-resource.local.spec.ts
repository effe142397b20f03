/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { isSignal, isWritableSignal, signal, type WritableResource } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { eventSourceResource } from '../../src/angular/index.js';
import { json } from '../../src/index.js';

interface Message {
  readonly key: string;
  readonly text: string;
}

const bed = useResourceBed();

/** Messages in order. A message replaces the one with the same key. */
const chat = () =>
  bed.inContext(() =>
    eventSourceResource(() => '/a', {
      initial: [] as readonly Message[],
      decode: { message: json<Message>() },
      reduce: (messages, { data }) =>
        messages.some(({ key }) => key === data.key)
          ? messages.map(message => (message.key === data.key ? data : message))
          : [...messages, data],
    }),
  );
const textsOf = (resource: ReturnType<typeof chat>) => resource.value().map(({ text }) => text);
const message = (key: string, text: string) => JSON.stringify({ key, text });

describe('`set` and `update` of an eventSourceResource', () => {
  it('show an entry at once, until the event of the server replaces it', () => {
    const messages = chat();
    const connection = bed.connected().open();
    connection.send({ id: 1, data: message('a', 'A') });
    messages.update(all => [...all, { key: 'b', text: 'B (sending)' }]);
    expect(textsOf(messages)).toEqual(['A', 'B (sending)']);
    connection.send({ id: 2, data: message('c', 'C') });
    expect(textsOf(messages)).toEqual(['A', 'B (sending)', 'C']);
    connection.send({ id: 3, data: message('b', 'B') });
    expect(textsOf(messages)).toEqual(['A', 'B', 'C']);
    expect(messages.lastEventId()).toBe('3');
  });

  it('leave status, position and connection unchanged, even over a reconnect', () => {
    const messages = chat();
    messages.set([{ key: 'x', text: 'X' }]);
    expect([messages.status(), textsOf(messages)]).toEqual(['loading', ['X']]);
    const first = bed.connected().open();
    expect([messages.status(), textsOf(messages)]).toEqual(['resolved', ['X']]);
    first.send({ id: 1, data: message('a', 'A') });
    bed.breakIt(first);
    messages.set([{ key: 'y', text: 'Y' }]);
    expect([messages.status(), messages.connection().status]).toEqual(['resolved', 'waiting']);
    bed.wait();
    bed.server
      .expectConnection({ lastEventId: '1' })
      .open()
      .send({ id: 2, data: message('b', 'B') });
    expect(textsOf(messages)).toEqual(['Y', 'B']);
  });

  it('apply between the events of a chunk that `deliver` hands out one by one', () => {
    const late: (() => void)[] = [];
    const numbers = bed.inContext(() =>
      eventSourceResource(() => ({ url: '/a', deliver: flush => void late.push(() => flush(1)) }), {
        initial: '',
        reduce: (all, { data }) => all + data,
      }),
    );
    bed.connected().open().raw('data: 1\n\ndata: 2\n\n');
    late.forEach(flush => flush());
    numbers.update(all => `(${all})`);
    late.forEach(flush => flush());
    expect(numbers.value()).toBe('(1)2');
  });

  it('are discarded by another request, and by `reload` without a position', () => {
    const url = signal('/a');
    const numbers = bed.inContext(() =>
      eventSourceResource(() => url(), { initial: '', reduce: (all, { data }) => all + data }),
    );
    bed.connected().open().send('1');
    numbers.set('local');
    numbers.reload();
    bed.connected().open().send('2');
    expect(numbers.value()).toBe('2');
    numbers.set('local');
    url.set('/b');
    expect(numbers.value()).toBe('');
    bed.connected('/b').open();
    numbers.set('local');
    expect(numbers.value()).toBe('local');
  });

  it('apply without a stream and after a failure, but do nothing once the injector is destroyed', () => {
    const numbers = bed.inContext(() =>
      eventSourceResource(() => undefined, { initial: 'none', reduce: (all, { data }) => all + data }),
    );
    numbers.value.set('by hand');
    expect([numbers.status(), numbers.value()]).toEqual(['idle', 'by hand']);
    const messages = chat();
    bed.connected().refuse(404);
    bed.clock.runOut();
    messages.value.update(all => [...all, { key: 'a', text: 'A' }]);
    expect([messages.status(), textsOf(messages)]).toEqual(['error', ['A']]);
    TestBed.resetTestingModule();
    messages.set([]);
    expect(textsOf(messages)).toEqual(['A']);
  });

  it('are those of a WritableResource: `value` is a writable signal that can be exposed as read-only', () => {
    const messages = chat();
    expectTypeOf(messages).toExtend<WritableResource<readonly Message[]>>();
    expect([isSignal(messages.value), isWritableSignal(messages.value)]).toEqual([true, true]);
    const shown = messages.value.asReadonly();
    expect(messages.value.asReadonly()).toBe(shown);
    expect('set' in shown).toBe(false);
    messages.value.set([{ key: 'a', text: 'A' }]);
    expect(shown()).toEqual([{ key: 'a', text: 'A' }]);
    expect(messages.asReadonly().value()).toBe(shown());
    bed.connected();
  });

  it('keep the current value if `equal` considers the new one the same', () => {
    const numbers = bed.inContext(() =>
      eventSourceResource(() => undefined, {
        initial: { id: 1, at: 1 },
        reduce: value => value,
        equal: (a, b) => a.id === b.id,
      }),
    );
    const { value } = numbers;
    const first = value();
    numbers.set({ id: 1, at: 2 });
    expect(value()).toBe(first);
    numbers.set({ id: 2, at: 2 });
    expect(value()).toEqual({ id: 2, at: 2 });
  });
});

describe('`events` of an eventSourceResource', () => {
  it('emits each decoded event once, after it is in the value, without another connection', () => {
    const messages = chat();
    const seen: unknown[] = [];
    messages.events.subscribe(event => seen.push([event.data.text, event.lastEventId, textsOf(messages)]));
    bed
      .connected()
      .open()
      .raw(`id: 1\ndata: ${message('a', 'A')}\n\nid: 2\ndata: ${message('b', 'B')}\n\n`);
    expect(seen).toEqual([
      ['A', '1', ['A', 'B']],
      ['B', '2', ['A', 'B']],
    ]);
    bed.server.expectNoConnection();
  });

  it('continues through a failure, a reload and another request, and completes with the injector', () => {
    const url = signal('/a');
    const numbers = bed.inContext(() =>
      eventSourceResource(() => url(), { initial: '', reduce: (all, { data }) => all + data }),
    );
    const seen: string[] = [];
    numbers.events.subscribe({ next: ({ data }) => seen.push(data), complete: () => seen.push('complete') });
    bed.connected().open().send('1');
    numbers.reload();
    bed.connected().open().send('2');
    url.set('/b');
    const last = bed.connected('/b').open().send('3');
    last.raw('id: 1\ndata: 4\n\n');
    bed.breakIt(last);
    bed.wait();
    bed.server.expectConnection().refuse(404);
    bed.clock.runOut();
    expect(numbers.status()).toBe('error');
    numbers.reload();
    bed.connected('/b').open().send('5');
    expect(seen).toEqual(['1', '2', '3', '4', '5']);
    TestBed.resetTestingModule();
    expect(seen.at(-1)).toBe('complete');
  });

  it('drops the rest of a chunk after an event has led to another request', () => {
    const url = signal('/a');
    const numbers = bed.inContext(() =>
      eventSourceResource(() => url(), { initial: '', reduce: (all, { data }) => all + data }),
    );
    const seen: string[] = [];
    numbers.events.subscribe(({ data }) => {
      seen.push(data);
      if (data === '2') url.set('/b');
    });
    bed.connected().open().raw('data: 1\n\ndata: 2\n\ndata: 3\n\n');
    expect([seen, numbers.value()]).toEqual([['1', '2'], '']);
    bed.connected('/b').open().send('4');
    expect(seen).toEqual(['1', '2', '4']);
  });

  it('also emits the events of `reduceMany`', () => {
    const numbers = bed.inContext(() =>
      eventSourceResource(() => '/a', {
        initial: 0,
        reduceMany: (count, events) => count + events.length,
      }),
    );
    const seen: unknown[] = [];
    numbers.events.subscribe(({ data }) => seen.push([data, numbers.value()]));
    bed.connected().open().raw('data: a\n\ndata: b\n\n');
    expect(seen).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
  });

  it('has the type of the decoded data', () => {
    const messages = chat();
    messages.events.subscribe(event => expectTypeOf(event.data).toEqualTypeOf<Message>());
    const texts = bed.inContext(() =>
      eventSourceResource(() => undefined, { initial: '', reduce: (all, { data }) => all + data }),
    );
    texts.events.subscribe(event => expectTypeOf(event.data).toEqualTypeOf<string>());
    bed.connected();
    expect(texts.value()).toBe('');
  });
});

describe('a reducer', () => {
  it('is required by the compiler: either `reduce` or `reduceMany`, but not both', () => {
    const wrong = () => {
      // @ts-expect-error -- neither of them
      eventSourceResource(() => '/a', { initial: '' });
      const both = { reduce: (all: string) => all, reduceMany: (all: string) => all };
      // @ts-expect-error -- both of them
      eventSourceResource(() => '/a', { initial: '', ...both });
    };
    expect(wrong).toBeInstanceOf(Function);
  });
});
