/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { Injector, type Resource, type Signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { type EventSourceResource, eventSourceResource } from '../../src/angular/index.js';
import { type ConnectionState, json, type ServerSentEvent } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { textResource } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('a call', () => {
    const reduce = (all: string, event: ServerSentEvent) => all + event.data;

    it('needs an injection context or an injector', () => {
      const call = (injector?: Injector) => eventSourceResource(() => '/a', { initial: '', reduce, injector });
      expect(() => call()).toThrow('NG0203');
      call(TestBed.inject(Injector));
      bed.connected();
    });

    itChecked('throws an error with its name if there is neither', () => {
      expect(() => eventSourceResource(() => '/a', { initial: '', reduce })).toThrow('eventSourceResource()');
    });

    itChecked.each<[string, unknown, object | undefined]>([
      ['request', '/a', { initial: '', reduce }],
      ['options', () => '/a', undefined],
      ['initial', () => '/a', { reduce }],
      ['reduce', () => '/a', { initial: '', reduce: 5 }],
      ['reduce', () => '/a', { initial: '', reduce: null }],
      ['reduceMany', () => '/a', { initial: '', reduceMany: {} }],
      ['reduce', () => '/a', { initial: '' }],
      ['reduceMany', () => '/a', { initial: '' }],
      ['reduce', () => '/a', { initial: '', reduce, reduceMany: reduce }],
      ['reset', () => '/a', { initial: '', reduce, reset: '' }],
      ['equal', () => '/a', { initial: '', reduce, equal: true }],
      ['decode', () => '/a', { initial: '', reduce, onInvalid: 'skip' }],
      ['decoders', () => '/a', { initial: '', reduce, decode: 'json' }],
      ['decoders.chat', () => '/a', { initial: '', reduce, decode: { chat: 'json' } }],
      ['onInvalid', () => '/a', { initial: '', reduce, decode: json(), onInvalid: 'drop' }],
      ['injector', () => '/a', { initial: '', reduce, injector: {} }],
      ['debugName', () => '/a', { initial: '', reduce, debugName: 5 }],
    ])('throws a TypeError for an invalid `%s`', (name, request, options) => {
      const call = () => bed.inContext(() => eventSourceResource(request as never, options as never));
      expect(call).toThrow(TypeError);
      expect(call).toThrow(`\`${name}\``);
    });

    itChecked('passes `debugName` on to the developer tools', () => {
      const resource = textResource(undefined, { debugName: 'chat' });
      expect(resource.value.toString()).toContain('chat.value');
      bed.connected();
    });
  });

  describe('the types', () => {
    interface Message {
      readonly text: string;
    }
    const ours = () => '/a';

    it('take the type of the value from `initial` alone', () => {
      const numbers = () => eventSourceResource(ours, { initial: 0, reduce: (sum, event) => sum + event.data.length });
      expectTypeOf(numbers).returns.toEqualTypeOf<EventSourceResource<number, ServerSentEvent>>();
      const messages = () =>
        eventSourceResource(ours, { initial: [] as readonly Message[], reduce: all => [...all, { text: '' }] });
      expectTypeOf(messages).returns.toEqualTypeOf<EventSourceResource<readonly Message[], ServerSentEvent>>();
      // @ts-expect-error -- a value of another type
      expect(() => eventSourceResource(ours, { initial: 0, reduce: () => 'x' })).toThrow();
      // @ts-expect-error -- a value of another type
      expect(() => eventSourceResource(ours, { initial: 0, reduce: sum => sum, reset: () => 'x' })).toThrow();
      // @ts-expect-error -- no value at all
      expect(() => eventSourceResource(ours, { reduce: () => 'x' })).toThrow();
      // @ts-expect-error -- a request of another type
      expect(() => eventSourceResource(() => 5, { initial: 0, reduce: sum => sum })).toThrow();
      // @ts-expect-error -- an option of the stream that does not exist
      expect(() => eventSourceResource(() => ({ url: '/a', zone: 'in' }), { initial: 0, reduce: n => n })).toThrow();
    });

    it('take the types of the events from the decoders', () => {
      expect(() => {
        eventSourceResource(ours, {
          initial: '',
          reduce: (all, event) => {
            expectTypeOf(event).toEqualTypeOf<ServerSentEvent>();
            return all;
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: { message: json<Message>(), count: Number },
          reduce: (all, event) => {
            expectTypeOf(event).toEqualTypeOf<ServerSentEvent<Message, 'message'> | ServerSentEvent<number, 'count'>>();
            return event.type === 'message' ? all + event.data.text : all + event.data.toFixed();
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: json<Message>(),
          onInvalid: error => console.log(error),
          reduceMany: (all, events) => {
            expectTypeOf(events).toEqualTypeOf<readonly ServerSentEvent<Message>[]>();
            return all;
          },
        });
        eventSourceResource(ours, {
          initial: '',
          decode: { message: json<Message>() },
          onInvalid: (_, event) => ({ ...event, type: 'bad' as const, data: 0 }),
          reduce: (all, event) => {
            expectTypeOf(event.type).toEqualTypeOf<'message' | 'bad'>();
            return all;
          },
        });
      }).toThrow();
    });

    it('are those of a resource, whose `hasValue` narrows the value', () => {
      const resource = textResource(() => undefined) as unknown as EventSourceResource<Message | undefined>;
      expectTypeOf(resource).toExtend<Resource<Message | undefined>>();
      if (resource.hasValue()) expectTypeOf(resource.value()).toEqualTypeOf<Message>();
      expectTypeOf(resource.connection).toEqualTypeOf<Signal<ConnectionState>>();
      expectTypeOf(resource.lastEventId).toEqualTypeOf<Signal<string>>();
      expect(resource.hasValue()).toBe(true);
    });
  });
});
