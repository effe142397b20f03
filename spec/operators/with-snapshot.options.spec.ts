import { describe, expect, it } from '@jest/globals';
import { of, Subject } from 'rxjs';
import { decode, json, ofEventType, withSnapshot } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';
import { isIn, type Lifecycle } from './snapshot-steps.js';

describe('withSnapshot', () => {
  describe('options', () => {
    const call = (options: object | null) => () => withSnapshot(options as never);
    const whole = { load: () => 1, isIn: () => false };

    itChecked.each<[string, object | null]>([
      ['options', null],
      ['load', { isIn: whole.isIn }],
      ['load', { ...whole, load: 7 }],
      ['isIn', { load: whole.load }],
      ['isIn', { ...whole, isIn: 'id' }],
      ['bufferSize', { ...whole, bufferSize: 0 }],
      ['bufferSize', { ...whole, bufferSize: NaN }],
      ['bufferSize', { ...whole, bufferSize: '10' }],
      ['reconnect', { ...whole, reconnect: true }],
      ['reconnect', { ...whole, reconnect: null }],
      ['reconnect.count', { ...whole, reconnect: { count: -1 } }],
      ['scheduler', { ...whole, scheduler: {} }],
    ])('throw a TypeError at the call if they have a wrong type: %s', (name, options) => {
      expect(call(options)).toThrow(TypeError);
      expect(call(options)).toThrow(`\`${name}\``);
    });

    it('can be undefined, except `load` and `isIn`', () => {
      expect(call({ ...whole, bufferSize: undefined, reconnect: undefined, scheduler: undefined })).not.toThrow();
      expect(call({ ...whole, bufferSize: Infinity, reconnect: false })).not.toThrow();
    });
  });

  describe('types', () => {
    interface Order {
      readonly id: number;
    }
    const lifecycle = new Subject<Lifecycle>();
    const decoders = { order: json<Order>(), note: (text: string) => text };
    const decoded = lifecycle.pipe(decode(decoders));
    /** Takes code that must only compile, and isn't called. */
    const compiled = (programs: Record<string, () => unknown>) => Object.keys(programs).length;

    it('infer the events from the source, and the snapshot from `load`', () => {
      const programs = {
        text: () =>
          lifecycle
            .pipe(withSnapshot({ load: () => [1], isIn: (event, snapshot) => event.data.length > snapshot.length }))
            .subscribe(step => (step.kind === 'snapshot' ? step.snapshot[0]?.toFixed() : step.kind)),
        decoded: () =>
          decoded
            .pipe(
              withSnapshot({
                load: async () => Promise.resolve(new Map<number, Order>()),
                isIn: (event, orders) => event.type === 'order' && orders.has(event.data.id),
              }),
              ofEventType('order'),
            )
            .subscribe(step => {
              if (step.kind === 'snapshot') step.snapshot.get(1)?.id.toFixed();
              if (step.kind === 'event') step.event.data.id.toFixed();
            }),
        undecoded: () =>
          lifecycle
            .pipe(withSnapshot({ load: () => of<Order[]>([]), isIn: () => false }), decode(decoders))
            .subscribe(step => (step.kind === 'snapshot' ? step.snapshot[0]?.id : step.kind)),
        // A function that accepts any event can be passed by its name.
        named: () => observe(decoded.pipe(withSnapshot({ load: () => 1, isIn }))).values.map(({ kind }) => kind),
        // @ts-expect-error -- orders have no such property
        misspelt: () => decoded.pipe(withSnapshot({ load: () => 1, isIn: event => event.data.version > 1 })),
        compared: () =>
          // @ts-expect-error -- the snapshot is text, not a number
          lifecycle.pipe(withSnapshot({ load: () => 'text', isIn: (_, snapshot: number) => snapshot > 1 })),
        events: () =>
          // @ts-expect-error -- plain events don't say when the stream opens
          of({ type: 'a', data: 'b', lastEventId: '' }).pipe(withSnapshot({ load: () => 1, isIn: () => false })),
      };
      expect(compiled(programs)).toBe(7);
    });
  });
});
