/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { describe, expect, it } from '@jest/globals';
import { eventSourceResource, type SseOptions } from '../../src/angular/index.js';
import { type Flush, json, type ServerSentEvent } from '../../src/index.js';
import { stateLine } from '../support/state-line.js';
import { textResource, type TextResourceOptions } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('the reduction of events', () => {
    it('writes the value once per chunk', () => {
      const seen: string[] = [];
      const resource = textResource(undefined, {
        reduce: (all, event) => {
          seen.push(`${resource.value()}|${resource.lastEventId()}|${all}`);
          return all + event.data;
        },
      });
      const connection = bed.connected().open();
      connection.raw('id: 1\ndata: a\n\nid: 2\ndata: b\n\n').raw(': hi\n\ndata: c\n\ndata: d\n\n').send('e');
      expect(seen).toEqual(['||', '||a', 'ab|2|ab', 'ab|2|abc', 'abcd|2|abcd']);
      expect(resource.value()).toBe('abcde');
    });

    it('writes nothing for comments, `retry` and ids without an event', () => {
      let written = 0;
      const resource = textResource(undefined, {
        equal: (a, b) => {
          written++;
          return a === b;
        },
      });
      const connection = bed.connected().open();
      const writes = (act: () => unknown) => {
        resource.value();
        written = 0;
        act();
        resource.value();
        return written;
      };
      expect(writes(() => connection.raw('data: a\n\ndata: b\n\n'))).toBe(1);
      expect(writes(() => connection.comment('hi').raw(':\n\n:\n\n'))).toBe(0);
      expect(writes(() => connection.raw('retry: 5\n\nid: 7\n\n'))).toBe(0);
    });

    it('passes all events of a chunk to `reduceMany` at once', () => {
      const chunks: string[][] = [];
      const resource = bed.inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          reduceMany: (sum, events) => {
            chunks.push(events.map(event => event.data));
            return sum + events.length;
          },
        }),
      );
      const connection = bed.connected().open();
      connection
        .raw('data: a\n\n: hi\n\ndata: b\n\nretry: 7\n\nid: 7\ndata: c\n\n')
        .comment('hi')
        .raw(': hi\n\n')
        .send('d');
      expect(chunks).toEqual([['a', 'b', 'c'], ['d']]);
      expect(stateLine(resource)).toBe('resolved: 4, after "7", open');
    });

    it.each([true, false])(
      'receives decoded events of the listed types only (asynchronous decoders: %p)',
      async later => {
        const seen: unknown[] = [];
        const resource = bed.inContext(() =>
          eventSourceResource(() => '/a', {
            initial: 0,
            decode: { price: text => (later ? Promise.resolve(Number(text)) : Number(text)), halt: json<boolean>() },
            reduceMany: (count, events) => {
              seen.push(...events);
              return count + events.length;
            },
          }),
        );
        const connection = bed.connected().open();
        connection.raw('id: 1\nevent: price\ndata: 1\n\nid: 2\ndata: other\n\nid: 3\nevent: halt\ndata: true\n\n');
        await Promise.all(Array.from({ length: 10 }, () => Promise.resolve().then(() => undefined)));
        await new Promise(resolve => setTimeout(resolve));
        expect(stateLine(resource)).toBe('resolved: 2, after "3", open');
        expect(seen).toEqual([
          { type: 'price', data: 1, lastEventId: '1' },
          { type: 'halt', data: true, lastEventId: '3' },
        ]);
      },
    );

    it('skips invalid events if `onInvalid` says so', () => {
      const resource = bed.inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          decode: json<number>(),
          onInvalid: 'skip',
          reduce: (sum, event) => sum + event.data,
        }),
      );
      bed.connected().open().raw('data: 1\n\ndata: {\n\ndata: 3\n\n');
      expect(stateLine(resource)).toBe('resolved: 4, after "", open');
    });

    it('follows `deliver`, whether of the request or of `provideSse`', () => {
      const calls: boolean[] = [];
      const inTwo: SseOptions['deliver'] = (flush, heartbeat) => {
        calls.push(heartbeat);
        flush(2);
        flush();
      };
      bed.provide({ deliver: inTwo });
      const seen: string[] = [];
      const options: TextResourceOptions = {
        reduce: undefined,
        reduceMany: (all, events) => {
          seen.push(events.map(event => event.data).join(''));
          return `${all}${events.length}`;
        },
      };
      const resource = textResource(undefined, options);
      bed.connected().open().raw('data: a\n\ndata: b\n\ndata: c\n\n').comment();
      expect(seen).toEqual(['ab', 'c']);
      expect(stateLine(resource)).toBe('resolved: "21", after "", open');
      // The calls are for: connecting, open, the chunk, the heartbeat.
      expect(calls).toEqual([false, false, false, true]);

      const other = textResource(() => ({ url: '/b', deliver: flush => flush() }), options);
      bed.connected('/b').open().raw('data: a\n\ndata: b\n\ndata: c\n\n');
      expect(seen).toEqual(['ab', 'c', 'abc']);
      expect(other.value()).toBe('3');
      expect(calls).toHaveLength(4);
    });

    describe('when the events are delivered late', () => {
      /** A `deliver` that holds events back between `hold` and `release`. */
      const holding = () => {
        let flush: Flush = () => 0;
        let held = false;
        return {
          deliver: (handOut: Flush) => {
            flush = handOut;
            if (!held) flush();
          },
          hold: () => (held = true),
          release: () => {
            held = false;
            flush();
          },
        };
      };
      const together = (all: string, events: readonly ServerSentEvent[]) =>
        `${all}[${events.map(event => event.data).join('')}]`;

      it.each<[string, TextResourceOptions, string]>([
        ['reduce', {}, '(xy)z'],
        ['reduceMany', { reduce: undefined, reduceMany: together }, '([x][y])[z]'],
      ])('keeps their order with the steps between them: %s', (_name, options, expected) => {
        const { deliver, hold, release } = holding();
        const resource = textResource(() => ({ url: '/a', deliver }), { reset: value => `(${value})`, ...options });
        const first = bed.connected().open().send('x');
        hold();
        first.send('y').end();
        bed.wait();
        bed.server.expectConnection().open().send('z');
        release();
        expect(stateLine(resource)).toBe(`resolved: "${expected}", after "", open`);
      });

      it('fails in the same way if `reduceMany` throws', () => {
        const { deliver, hold, release } = holding();
        const reduceMany = () => {
          throw new RangeError('bad');
        };
        const resource = textResource(() => ({ url: '/a', deliver }), { reduce: undefined, reduceMany });
        const connection = bed.connected().open();
        hold();
        connection.send({ id: 1, data: 'x' });
        release();
        expect(stateLine(resource)).toBe('error: "", after "", failed, RangeError');
        expect(connection.state).toBe('closed');
      });

      it('includes all of them if the end follows', () => {
        const { deliver, hold } = holding();
        const resource = textResource(() => ({ url: '/a', deliver, reconnect: false }));
        const connection = bed.connected().open().send('x');
        hold();
        connection.send({ id: 1, data: 'y' }).end();
        expect(stateLine(resource)).toBe('resolved: "xy", after "1", closed');
      });
    });

    it('keeps the current value if `equal` considers the new one the same', () => {
      const resource = bed.inContext(() =>
        eventSourceResource(() => '/a', {
          initial: { of: 0 },
          reduce: (_, event) => ({ of: Number(event.data) }),
          equal: (a, b) => a.of === b.of,
        }),
      );
      const connection = bed.connected().open().send('1');
      const value = resource.value();
      connection.send({ id: 5, data: '1' });
      expect(resource.value()).toBe(value);
      expect(resource.lastEventId()).toBe('5');
      connection.send('2');
      expect(resource.value()).toEqual({ of: 2 });
    });
  });
});
