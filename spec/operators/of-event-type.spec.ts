import { describe, expect, it } from '@jest/globals';
import { Observable, of, take } from 'rxjs';
import {
  ConnectionError,
  type EventSourceLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  ofEventType,
  type ServerSentEvent,
  type SnapshotLifecycle,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { itChecked } from '../support/checked.js';
import { observe } from '../support/observe.js';

/** Opens a connection on a fake server, and observes its events through an operator. */
function open<T>(operator: (events$: Observable<ServerSentEvent>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSource('/chat', { fetch: server.fetch, reconnect: false }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}

/** Calls the operator as JavaScript code can, without the compiler's checks. */
const call = (...types: unknown[]) => ofEventType(...(types as [string]));

describe('ofEventType', () => {
  it('emits the events of its types unchanged and in order, and no others', () => {
    const { stream, connection } = open(ofEventType('joined', 'left'));
    connection.send({ type: 'joined', data: 'ann', id: 1 }).send({ type: 'said', data: 'hi', id: 2 });
    connection.send({ type: 'left', data: 'ann', id: 3 }).send({ type: 'joined', data: 'bob' });
    expect(stream.values).toEqual([
      { type: 'joined', data: 'ann', lastEventId: '1' },
      { type: 'left', data: 'ann', lastEventId: '3' },
      { type: 'joined', data: 'bob', lastEventId: '3' },
    ]);
  });

  it('accepts one type, and a type that is listed twice', () => {
    for (const { stream, connection } of [open(ofEventType('left')), open(ofEventType('left', 'left'))]) {
      connection.send({ type: 'joined', data: 'ann' }).send({ type: 'left', data: 'ann' });
      expect(stream.values.map(({ type }) => type)).toEqual(['left']);
    }
  });

  it("emits events without a type for 'message'", () => {
    const { stream, connection } = open(ofEventType('message'));
    connection.send('plain').send({ type: 'message', data: 'named' }).send({ type: 'other', data: 'x' });
    expect(stream.values.map(({ data }) => data)).toEqual(['plain', 'named']);
  });

  it('is case-sensitive, and compares the whole type', () => {
    const { stream, connection } = open(ofEventType('joined'));
    for (const type of ['Joined', 'JOINED', 'join', 'joined ', 'joinedx', 'joined'])
      connection.send({ type, data: 'x' });
    expect(stream.values.map(({ type }) => type)).toEqual(['joined']);
  });

  it('matches types named like properties of every object, and only if they are listed', () => {
    const named = ['constructor', '__proto__', 'toString', 'has', 'size', 'kind'];
    const asked = open(ofEventType('constructor', '__proto__', 'kind'));
    const unasked = open(ofEventType('chat'));
    for (const type of named) {
      asked.connection.send({ type, data: 'x' });
      unasked.connection.send({ type, data: 'x' });
    }
    expect(asked.stream.values.map(({ type }) => type)).toEqual(['constructor', '__proto__', 'kind']);
    expect(unasked.stream.values).toEqual([]);
  });

  it('lets all other steps of a lifecycle through unchanged', () => {
    const server = fakeEventSource();
    const source = fromEventSourceLifecycle('/chat', { fetch: server.fetch, reconnect: { onEnd: false } });
    const all = observe(source);
    const some = observe(source.pipe(ofEventType('left')));
    for (const connection of server.connections) {
      connection.open().comment('beat').send({ retry: 500 }).send({ type: 'joined', data: 'ann' });
      connection.send({ type: 'left', data: 'ann' }).end();
    }
    expect(all.values.map(({ kind }) => kind)).toEqual([
      'connecting',
      'open',
      'comment',
      'retry-time',
      'event',
      'event',
      'closed',
    ]);
    expect(some.values).toEqual(all.values.filter(step => step.kind !== 'event' || step.event.type === 'left'));
    expect(some.status).toBe('completed');
  });

  it('lets snapshots through unchanged', () => {
    const snapshot: SnapshotLifecycle<number> = { kind: 'snapshot', snapshot: 7 };
    const left: EventSourceLifecycle = { kind: 'event', event: { type: 'left', data: 'ann', lastEventId: '' } };
    const source: Observable<EventSourceLifecycle | SnapshotLifecycle<number>> = of(snapshot, left);
    const { values } = observe(source.pipe(ofEventType('joined')));
    expect(values).toEqual([snapshot]);
    expect(values[0]).toBe(snapshot);
  });

  it('completes with the source', () => {
    const { stream, connection } = open(ofEventType('joined'));
    connection.send({ type: 'left', data: 'ann' }).end();
    expect(stream.values).toEqual([]);
    expect(stream.status).toBe('completed');
  });

  it('errors with the source', () => {
    const { stream, connection } = open(ofEventType('joined'));
    connection.send({ type: 'joined', data: 'ann' }).break();
    expect(stream.values).toHaveLength(1);
    expect(stream.error).toBeInstanceOf(ConnectionError);
  });

  it('closes the connection on unsubscribe, even in the middle of a chunk', () => {
    const { stream, connection, server } = open(observed$ => observed$.pipe(ofEventType('joined'), take(1)));
    connection.raw(': a beat\n\nevent: joined\ndata: ann\n\nevent: joined\ndata: bob\n\n');
    expect(stream.values.map(({ data }) => data)).toEqual(['ann']);
    expect(connection.state).toBe('closed');
    server.verify();
  });

  it('ends a synchronous source early', () => {
    let given = 0;
    const endless = new Observable<ServerSentEvent>(subscriber => {
      while (!subscriber.closed && given < 100)
        subscriber.next({ type: given++ % 3 === 0 ? 'joined' : 'left', data: String(given), lastEventId: '' });
    });
    expect(observe(endless.pipe(ofEventType('joined'), take(2))).values.map(({ data }) => data)).toEqual(['1', '4']);
    expect(given).toBe(4);
  });

  it('can be reused for several streams', () => {
    const operator = ofEventType('left');
    const source = of({ type: 'left', data: 'ann', lastEventId: '' });
    expect(observe(source.pipe(operator)).values).toEqual(observe(source.pipe(operator)).values);
  });

  itChecked.each<[unknown, string]>([
    [1, '1 (number)'],
    [null, 'null (object)'],
    [undefined, 'null (object)'],
    [/left/, '/left/ (object)'],
    [['left'], 'left (object)'],
  ])('throws if a type isn’t a string: %p', (type, shown) => {
    const refusal = new TypeError(`Expected event types for the option \`types\`, but got ${shown}`);
    expect(() => call(type)).toThrow(refusal);
    expect(() => call('joined', type)).toThrow(refusal);
  });

  it('throws without a type, because nothing could match', () => {
    expect(() => call()).toThrow(new TypeError('Expected event types for the option `types`, but got none'));
  });
});
