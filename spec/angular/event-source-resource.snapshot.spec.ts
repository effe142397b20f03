/**
 * @jest-environment jsdom
 */
import { useResourceBed } from '../support/resource-bed.js';
import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { eventSourceResource } from '../../src/angular/index.js';
import { json, withSnapshot } from '../../src/index.js';

interface Board {
  readonly version: number;
  readonly names: readonly string[];
}

const bed = useResourceBed();

const NOTHING: Board = { version: 0, names: [] };

function board(loads: Subject<Board>[]) {
  return bed.inContext(() =>
    eventSourceResource(() => '/a', {
      initial: NOTHING,
      decode: { message: json<{ version: number; name: string }>() },
      snapshot: withSnapshot({
        load: () => {
          const load = new Subject<Board>();
          loads.push(load);
          return load;
        },
        isIn: (event, { version }) => event.data.version <= version,
        scheduler: bed.clock,
      }),
      reduce: ({ names }, { data }) => ({ version: data.version, names: [...names, data.name] }),
    }),
  );
}
const event = (version: number, name = `${version}`) => ({ id: version, data: JSON.stringify({ version, name }) });

describe('`snapshot` of an eventSourceResource', () => {
  it('is the first value; the events that it doesn’t contain are added to it', () => {
    const loads: Subject<Board>[] = [];
    const resource = board(loads);
    const connection = bed.connected().open();
    expect([resource.status(), resource.connection().status]).toEqual(['loading', 'open']);
    connection.send(event(2)).send(event(3));
    expect(resource.value().names).toEqual([]);
    loads[0]?.next({ version: 2, names: ['1', '2'] });
    expect([resource.status(), resource.value()]).toEqual(['resolved', { version: 3, names: ['1', '2', '3'] }]);
    connection.send(event(4));
    expect([resource.value().names, resource.lastEventId()]).toEqual([['1', '2', '3', '4'], '4']);
  });

  it('is loaded again after a gap, while the value is kept, but not after a reconnect that resumes', () => {
    const loads: Subject<Board>[] = [];
    const resource = board(loads);
    const first = bed.connected().open();
    loads[0]?.next({ version: 1, names: ['1'] });
    first.send(event(2));
    bed.breakIt(first);
    bed.wait();
    const second = bed.server.expectConnection({ lastEventId: '2' }).open();
    expect(loads).toHaveLength(1);
    bed.breakIt(second);
    bed.wait();
    bed.server.expectConnection({ lastEventId: '2' }).open({ headers: { 'last-event-id': '7' } });
    expect(loads).toHaveLength(2);
    expect([resource.status(), resource.value().names]).toEqual(['resolved', ['1', '2']]);
    loads[1]?.next({ version: 8, names: ['7', '8'] });
    expect(resource.value()).toEqual({ version: 8, names: ['7', '8'] });
  });

  it('is loaded again by `reload`, which keeps the value until the snapshot arrives', () => {
    const loads: Subject<Board>[] = [];
    const resource = board(loads);
    bed.connected().open();
    loads[0]?.next({ version: 1, names: ['1'] });
    resource.reload();
    expect(resource.status()).toBe('reloading');
    bed.connected().open();
    expect([resource.status(), resource.value().names]).toEqual(['reloading', ['1']]);
    loads[1]?.next({ version: 2, names: ['2'] });
    expect([resource.status(), resource.value().names]).toEqual(['resolved', ['2']]);
  });

  it('replaces a value that was set by hand', () => {
    const loads: Subject<Board>[] = [];
    const resource = board(loads);
    resource.set({ version: 0, names: ['by hand'] });
    bed.connected().open();
    expect(resource.value().names).toEqual(['by hand']);
    loads[0]?.next({ version: 1, names: ['1'] });
    expect(resource.value().names).toEqual(['1']);
  });

  it('fails the resource if it can’t be loaded', () => {
    const loads: Subject<Board>[] = [];
    const resource = bed.inContext(() =>
      eventSourceResource(() => '/a', {
        initial: '',
        snapshot: withSnapshot({
          load: (): string => {
            loads.push(new Subject());
            throw new RangeError('no board');
          },
          isIn: () => false,
        }),
        reduce: (all, { data }) => all + data,
      }),
    );
    const connection = bed.connected().open();
    expect([resource.status(), resource.error()?.message, loads.length]).toEqual(['error', 'no board', 1]);
    expect(connection.state).toBe('closed');
  });
});
