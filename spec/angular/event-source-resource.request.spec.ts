/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { stateLine } from '../support/state-line.js';
import { textResource } from '../support/text-resource.js';

const bed = useResourceBed();

describe('eventSourceResource', () => {
  describe('a change of the request', () => {
    it('closes the stream if there is no request anymore', () => {
      const open = signal(true);
      const resource = textResource(() => (open() ? '/a' : undefined));
      const connection = bed.connected().open().send({ id: 1, data: 'x' });
      open.set(false);
      expect(stateLine(resource)).toBe('idle: "", after "", idle');
      TestBed.tick();
      expect(connection.state).toBe('closed');
      open.set(true);
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      // This is another request, although to the same URL: it starts without a position.
      expect(bed.connected().lastEventId).toBe('');
    });

    it('starts over at once, before the new connection is made, and ignores further events of the old one', () => {
      const room = signal('/a');
      const reduced: string[] = [];
      const resource = textResource(room, {
        reduce: (all, event) => {
          reduced.push(event.data);
          return all + event.data;
        },
      });
      const former = bed.connected().open().send({ id: 1, data: 'x' });
      room.set('/b');
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      former.send({ id: 2, data: 'y' });
      former.end();
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      const connection = bed.connected('/b');
      expect(connection.lastEventId).toBe('');
      expect(stateLine(resource)).toBe('loading: "", after "", connecting');
      connection.open().send({ id: 7, data: 'z' });
      expect(stateLine(resource)).toBe('resolved: "z", after "7", open');
      expect(reduced).toEqual(['x', 'z']);
    });

    it('ignores an error of the old connection', () => {
      const room = signal('/a');
      const resource = textResource(room);
      const former = bed.connected();
      room.set('/b');
      former.refuse(404);
      bed.clock.advanceTo(bed.clock.now());
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      bed.connected('/b').open();
      expect(stateLine(resource)).toBe('resolved: "", after "", open');
    });

    it('starts over even if nobody has read the resource in between', () => {
      const room = signal('/a');
      const resource = textResource(room);
      const former = bed.connected().open().send({ id: 1, data: 'x' });
      room.set('/b');
      former.send({ id: 2, data: 'y' });
      expect(resource.value()).toBe('');
      room.set('/c');
      expect(resource.reload()).toBe(true);
      expect(stateLine(resource)).toBe('reloading: "", after "", idle');
      expect(bed.connected('/c').lastEventId).toBe('');
    });

    it('takes effect in the middle of a chunk, too', () => {
      const room = signal('/a');
      const resource = textResource(room, {
        reduce: (all, event) => {
          if (event.data === 'y') room.set('/b');
          return all + event.data;
        },
      });
      bed.connected().open().raw('id: 1\ndata: x\n\nid: 2\ndata: y\n\nid: 3\ndata: z\n\n');
      expect(stateLine(resource)).toBe('loading: "", after "", idle');
      bed.connected('/b').open().send('w');
      expect(stateLine(resource)).toBe('resolved: "w", after "", open');
    });

    it('aborts the old connection before it makes the new one', () => {
      const room = signal('/a');
      const states: string[] = [];
      textResource(() => ({
        url: room(),
        fetch: (url: string, init: object) => {
          states.push(bed.server.connections.map(({ state }) => state).join());
          return bed.server.fetch(url, init);
        },
      }));
      bed.connected().open();
      room.set('/b');
      bed.connected('/b');
      expect(states).toEqual(['', 'closed']);
    });

    it('doesn’t happen if the text of the URL is the same', () => {
      const tick = signal(0);
      const resource = textResource(() => {
        const url = 'http://localhost/a';
        return tick() % 2 ? new URL(url) : url;
      });
      bed.connected('http://localhost/a').open().send('x');
      for (const n of [1, 2, 3]) {
        tick.set(n);
        expect(resource.value()).toBe('x');
        TestBed.tick();
      }
      expect(bed.server.connections).toHaveLength(1);
    });

    it('happens for another object, but not for the same object', () => {
      const request = signal({ url: '/a' });
      const tick = signal(0);
      const resource = textResource(() => (tick(), request()));
      bed.connected().open().send('x');
      tick.set(1);
      TestBed.tick();
      expect(resource.value()).toBe('x');
      request.set({ url: '/a' });
      expect(resource.value()).toBe('');
      bed.connected();
      expect(bed.server.connections).toHaveLength(2);
    });

    it('doesn’t happen through signals that the options read', () => {
      const token = signal('1');
      const resource = textResource(() => ({ url: '/a', headers: () => ({ authorization: token() }) }), {
        reduce: (all, event) => all + event.data + token(),
      });
      const connection = bed.connected().open().send('x');
      token.set('2');
      TestBed.tick();
      connection.send('y');
      expect(resource.value()).toBe('x1y2');
      expect(bed.server.connections).toHaveLength(1);
    });
  });
});
