/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { computed, signal } from '@angular/core';
import { describe, expect, it } from '@jest/globals';
import type { FakeConnection } from '../../src/testing/index.js';
import { stateLine } from '../support/state-line.js';
import { textResource } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('reload()', () => {
    it('connects again from the last event, and keeps the value', () => {
      const resource = textResource();
      const first = bed.connected().open().send({ id: 1, data: 'x' });
      expect(resource.reload()).toBe(true);
      // The old connection is closed, so no event arrives that would be lost.
      expect(first.state).toBe('closed');
      expect(stateLine(resource)).toBe('reloading: "x", after "1", idle');
      const second = bed.connected();
      expect(second.lastEventId).toBe('1');
      expect(stateLine(resource)).toBe('reloading: "x", after "1", connecting');
      second.refuse(503);
      bed.clock.advanceTo(bed.clock.now());
      expect(stateLine(resource)).toBe('reloading: "x", after "1", waiting');
      bed.wait();
      bed.server.expectConnection().open().send({ id: 2, data: 'y' });
      expect(stateLine(resource)).toBe('resolved: "xy", after "2", open');
    });

    it('connects at once while waiting for the next attempt', () => {
      const resource = textResource();
      bed.connected().refuse(503);
      bed.clock.advanceTo(bed.clock.now());
      expect(resource.reload()).toBe(true);
      expect(stateLine(resource)).toBe('reloading: "", after "", idle');
      bed.connected().open();
      expect(stateLine(resource)).toBe('resolved: "", after "", open');
      bed.clock.runOut();
      bed.server.expectNoConnection();
    });

    it('works before the first effect has run, and more than once', () => {
      const resource = textResource();
      expect([resource.reload(), resource.reload()]).toEqual([true, true]);
      bed.connected().open();
      bed.server.expectNoConnection();
      expect(stateLine(resource)).toBe('resolved: "", after "", open');
    });

    it('works after an error and after the end', () => {
      const resource = textResource();
      const first = bed.connected().open().send({ id: 1, data: 'x' });
      first.end();
      bed.wait();
      bed.server.expectConnection().refuse(404);
      bed.clock.advanceTo(bed.clock.now());
      expect(stateLine(resource)).toBe('error: "x", after "1", failed, ResponseStatusError');
      expect(resource.reload()).toBe(true);
      expect(stateLine(resource)).toBe('reloading: "x", after "1", idle');
      const second = bed.connected();
      expect(second.lastEventId).toBe('1');
      second.refuse(204);
      expect(stateLine(resource)).toBe('resolved: "x", after "1", closed');
      expect(resource.reload()).toBe(true);
      bed.connected().open().send({ id: 2, data: 'y' });
      expect(stateLine(resource)).toBe('resolved: "xy", after "2", open');
    });

    it('changes nothing if signals must not be written', () => {
      const resource = textResource();
      const connection = bed.connected().open().send('x');
      const before = stateLine(resource);
      expect(computed(() => resource.reload())).toThrow('NG0600');
      expect(connection.state).toBe('open');
      expect(stateLine(resource)).toBe(before);
    });

    it('loses no event when called in the middle of a chunk', () => {
      const resource = textResource(undefined, {
        reduce: (all, event) => {
          if (event.data === 'y' && all === 'x') resource.reload();
          return all + event.data;
        },
      });
      bed.connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\nid: 3\ndata: z\n\n');
      expect(stateLine(resource)).toBe('reloading: "xy", after "2", idle');
      expect(bed.connected().lastEventId).toBe('2');
    });

    it('resumes after the event that `reduce` threw at', () => {
      const resource = textResource(undefined, {
        reduce: (all, event) => {
          if (event.data === 'bad') throw new Error('bad');
          return all + event.data;
        },
      });
      bed.connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: bad\n\nid: 3\ndata: z\n\n');
      expect(stateLine(resource)).toBe('error: "x", after "1", failed, Error');
      resource.reload();
      const again = bed.connected();
      expect(again.lastEventId).toBe('2');
      again.open().send({ id: 3, data: 'z' });
      expect(stateLine(resource)).toBe('resolved: "xz", after "3", open');
    });
  });

  describe('a connection that can’t resume', () => {
    const again = (connection: FakeConnection): FakeConnection => {
      connection.end();
      bed.wait();
      return bed.server.expectConnection().open();
    };

    it('keeps the value', () => {
      const resource = textResource();
      again(bed.connected().open().send('x')).send('y');
      expect(resource.value()).toBe('xy');
    });

    it('starts from `initial` after reload(), and keeps the value again from then on', () => {
      const resource = textResource(undefined, { initial: '-' });
      const first = bed.connected().open().send('x');
      expect(resource.value()).toBe('-x');
      resource.reload();
      expect(first.state).toBe('closed');
      const second = bed.connected();
      expect(resource.value()).toBe('-x');
      second.open();
      expect(resource.value()).toBe('-');
      again(second.send('y')).send('z');
      expect(resource.value()).toBe('-yz');
    });

    it('clears the last event ID after reload()', () => {
      const resource = textResource();
      const first = bed.connected().open().send({ id: 1, data: 'x' });
      // Clears the position without an event.
      first.raw('id:\n\n');
      expect(resource.lastEventId()).toBe('1');
      resource.reload();
      bed.connected().open();
      expect(stateLine(resource)).toBe('resolved: "", after "", open');
    });

    it('starts from the result of `reset`, which isn’t called for the first connection of a request', () => {
      const asked: string[] = [];
      const room = signal('/a');
      const resource = textResource(room, {
        reset: value => {
          asked.push(value);
          return `(${value})`;
        },
      });
      const second = again(bed.connected().open().send('x')).send('y');
      expect(resource.value()).toBe('(x)y');
      // A connection that never opened didn't resume.
      second.end();
      bed.wait();
      bed.server.expectConnection().refuse(503);
      bed.clock.advanceTo(bed.clock.now());
      expect(asked).toEqual(['x']);
      resource.reload();
      bed.connected().open();
      expect(resource.value()).toBe('((x)y)');
      room.set('/b');
      bed.connected('/b').open().send('z');
      expect(resource.value()).toBe('z');
      expect(asked).toEqual(['x', '(x)y']);
    });

    it('is the only reason for `reset`: with an id, it isn’t called', () => {
      const asked: string[] = [];
      const resource = textResource(undefined, { reset: value => (asked.push(value), '') });
      again(bed.connected().open().send({ id: 1, data: 'x' })).send('y');
      resource.reload();
      bed.connected().open();
      expect(resource.value()).toBe('xy');
      expect(asked).toEqual([]);
    });

    it('allows another reload() in `reset`', () => {
      const asked: string[] = [];
      const resource = textResource(undefined, {
        reset: value => {
          if (asked.push(value) === 1) resource.reload();
          return 'reset';
        },
      });
      const second = again(bed.connected().open().send('x'));
      expect(second.state).toBe('closed');
      expect(stateLine(resource)).toBe('reloading: "x", after "", idle');
      bed.connected().open();
      expect(stateLine(resource)).toBe('resolved: "reset", after "", open');
      expect(asked).toEqual(['x', 'x']);
    });

    it('starts nothing over if no connection was open before', () => {
      const resource = textResource(undefined, { reset: () => 'reset' });
      bed.connected().refuse(503);
      bed.clock.advanceTo(bed.clock.now());
      resource.reload();
      bed.connected().open();
      expect(resource.value()).toBe('');
    });
  });
});
