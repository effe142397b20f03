/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { eventSourceResource } from '../../src/angular/index.js';
import { DecodeError, json, ResponseStatusError } from '../../src/index.js';
import { itChecked } from '../support/checked.js';
import { stateLine } from '../support/state-line.js';
import { textResource } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('fails for good', () => {
    it('if the response is final', () => {
      const resource = textResource();
      bed.connected().refuse(404);
      bed.clock.runOut();
      expect(stateLine(resource)).toBe('error: "", after "", failed, ResponseStatusError');
      expect(resource.error()).toBeInstanceOf(ResponseStatusError);
      expect(resource.connection().error).toMatchObject({ status: 404 });
    });

    it('if the retries are used up, but keeps the value', () => {
      const resource = textResource(() => ({ url: '/a', reconnect: { count: 0 } }));
      bed.breakIt(bed.connected().open().send('x'));
      expect(stateLine(resource)).toBe('error: "x", after "", failed, ConnectionError');
      expect(resource.hasValue()).toBe(true);
    });

    it('if an event can’t be decoded: earlier events count, later ones don’t', () => {
      const resource = bed.inContext(() =>
        eventSourceResource(() => '/a', {
          initial: 0,
          decode: { message: json<number>() },
          reduce: (sum, event) => sum + event.data,
        }),
      );
      const connection = bed.connected().open();
      connection.raw('id: 1\ndata: 1\n\nid: 2\ndata: {\n\nid: 3\ndata: 3\n\n');
      expect(stateLine(resource)).toBe('error: 1, after "1", failed, DecodeError');
      expect(resource.error()).toBeInstanceOf(DecodeError);
      expect(connection.state).toBe('closed');
    });

    it.each(['reduce', 'reduceMany'] as const)('if `%s` throws', name => {
      const fail = (all: string, event: { data: string }) => {
        if (event.data === 'bad') throw new RangeError('bad');
        return all + event.data;
      };
      const resource = textResource(undefined, {
        reduce: undefined,
        ...(name === 'reduce' ? { reduce: fail } : { reduceMany: (all, events) => events.reduce(fail, all) }),
      });
      const connection = bed.connected().open();
      connection.raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\n').raw('id: 3\ndata: z\n\nid: 4\ndata: bad\n\ndata: w\n\n');
      expect(stateLine(resource)).toBe(
        // With `reduceMany`, nothing of the chunk counts.
        name === 'reduce'
          ? 'error: "xyz", after "3", failed, RangeError'
          : 'error: "xy", after "2", failed, RangeError',
      );
      expect(connection.state).toBe('closed');
      bed.clock.runOut();
      bed.server.expectNoConnection();
    });

    it('if `reset` throws', () => {
      const resource = textResource(undefined, {
        reset: () => {
          throw new RangeError('no');
        },
      });
      bed.breakIt(bed.connected().open().send('x'));
      bed.wait();
      const connection = bed.server.expectConnection().open();
      expect(stateLine(resource)).toBe('error: "x", after "", failed, RangeError');
      expect(connection.state).toBe('closed');
    });

    it('if the request function throws, until it no longer does', () => {
      const broken = signal(true);
      const resource = textResource(() => {
        if (broken()) throw new RangeError('no room');
        return '/a';
      });
      expect(stateLine(resource)).toBe('error: "", after "", idle, RangeError');
      TestBed.tick();
      expect(resource.reload()).toBe(false);
      broken.set(false);
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      bed.connected().open().send('x');
      expect(stateLine(resource)).toBe('resolved: "x", after "", open');
      broken.set(true);
      expect(stateLine(resource)).toBe('error: "", after "", idle, RangeError');
      TestBed.tick();
    });

    itChecked.each<[unknown, RegExp]>([
      [5, /a string or a URL/],
      [null, /a string or a URL/],
      [{}, /a string or a URL/],
      [{ url: '/a', idleTimeout: -1 }, /`idleTimeout`/],
      [{ url: '/a', zone: 'never' }, /`zone`/],
      [{ url: '/a', ssr: 'never' }, /`ssr`/],
      [{ url: '/a', deliver: 7 }, /`deliver`/],
    ])('if the request has a wrong type: %p', (request, message) => {
      const resource = textResource(() => request as string);
      expect(stateLine(resource)).toBe('error: "", after "", idle, TypeError');
      expect(resource.error()?.message).toMatch(message);
      TestBed.tick();
      bed.server.expectNoConnection();
    });

    it.each<[unknown]>(['no', undefined, null, { name: 'x' }].map(thrown => [thrown]))(
      'with an Error whose `cause` is the thrown value, if that isn’t an Error: %p',
      thrown => {
        const resource = textResource(undefined, {
          reduce: () => {
            throw thrown;
          },
        });
        bed.connected().open().send('x');
        expect(stateLine(resource)).toBe('error: "", after "", failed, Error');
        expect(resource.error()).toBeInstanceOf(Error);
        expect(resource.error()?.cause).toBe(thrown);
      },
    );

    it('with an Error-like object as it is, like Angular does', () => {
      const failure = { name: 'HttpErrorResponse', message: 'no' };
      const resource = textResource(() => {
        throw failure as Error;
      });
      expect(resource.error()).toBe(failure);
      TestBed.tick();
    });
  });
});
