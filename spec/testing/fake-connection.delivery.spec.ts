import { describe, expect, it } from '@jest/globals';
import { Observable, of, range, Subscription, tap } from 'rxjs';
import { fromEventSource, iterateEventSource } from '../../src/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { connect } from './connect.js';

describe('a subscriber that acts within `next`', () => {
  it('receives the events that it sends after the current event', () => {
    const server = fakeEventSource();
    const seen: string[] = [];
    const subscription = new Subscription();
    subscription.add(
      fromEventSource('/a', { reconnect: false, fetch: server.fetch }).subscribe({
        next: ({ data }) => {
          seen.push(`(${data}`);
          if (data === 'a') connection.send('b').send('c');
          if (data === 'c') connection.end();
          seen.push(`${data})`);
        },
        complete: () => seen.push('over'),
      }),
    );
    const connection = server.expectConnection().open();
    connection.send('a');
    expect(seen).toEqual(['(a', 'a)', '(b', 'b)', '(c', 'c)', 'over']);
  });

  it('can unsubscribe, and receives no later event of the chunk', () => {
    const server = fakeEventSource();
    const seen: string[] = [];
    const subscription = fromEventSource('/a', { fetch: server.fetch }).subscribe(({ data }) => {
      seen.push(data);
      subscription.unsubscribe();
    });
    const connection = server.expectConnection().open();
    connection.raw('data: a\n\ndata: b\n\n');
    expect(seen).toEqual(['a']);
    expect(connection.state).toBe('closed');
  });

  it('can subscribe to another stream, and has its events when the outer call returns', () => {
    const server = fakeEventSource();
    const scripted = fakeEventSource(() => of('inner'));
    const seen: string[] = [];
    const inner = fromEventSource('/c', { reconnect: false, fetch: scripted.fetch });
    const subscription = fromEventSource('/b', { fetch: server.fetch }).subscribe(({ data }) => {
      seen.push(data);
      subscription.add(observe(inner.pipe(tap(({ data }) => seen.push(data)))).subscription);
    });
    server.expectConnection('/b').open().send('outer');
    expect(seen).toEqual(['outer', 'inner']);
  });
});

describe('100,000 chunks', () => {
  const MANY = 100_000;
  const sendMany = (connection: FakeConnection) => {
    for (let index = 0; index < MANY; index++) connection.raw('data: a\n\n');
  };

  it('arrive one by one as they are sent', () => {
    const { connection, events } = connect();
    sendMany(connection.open());
    expect(events.values).toHaveLength(MANY);
  });

  it('arrive at once if they are sent before they are read', () => {
    const server = fakeEventSource(connection => {
      sendMany(connection.open());
      connection.end();
    });
    const events = observe(fromEventSource('/a', { reconnect: false, fetch: server.fetch }));
    expect(events.values).toHaveLength(MANY);
    expect(events.status).toBe('completed');
  });

  it('arrive one after another if each is sent within `next`', () => {
    const server = fakeEventSource();
    let count = 0;
    const subscription = fromEventSource('/a', { fetch: server.fetch }).subscribe(() => {
      if (++count < MANY) connection.raw('data: a\n\n');
    });
    const connection = server.expectConnection().open();
    connection.raw('data: a\n\n');
    expect(count).toBe(MANY);
    subscription.unsubscribe();
  });

  it('arrive as fast as a `deliver` allows', async () => {
    const { connection, events } = connect({
      deliver: flush => {
        flush();
        return Promise.resolve();
      },
    });
    sendMany(connection.open());
    expect(events.values).toHaveLength(1);
    connection.end();
    expect(await events.completed()).toHaveLength(MANY);
  });

  it('arrive as iterateEventSource requests them', async () => {
    const server = fakeEventSource(connection => sendMany(connection.open()));
    let count = 0;
    for await (const { data } of iterateEventSource('/a', { fetch: server.fetch })) {
      if (data !== 'a' || ++count === MANY) break;
    }
    expect(count).toBe(MANY);
    expect(server.connections[0]?.state).toBe('closed');
    server.verify();
  });

  it('are read as text', async () => {
    const server = fakeEventSource();
    const answer = server.fetch('/a', {}) as Promise<Response>;
    const connection = server.expectConnection().open();
    sendMany(connection);
    connection.end();
    expect(await (await answer).text()).toHaveLength(9 * MANY);
  });

  it('can be played', () => {
    const server = fakeEventSource(
      () =>
        new Observable<string>(subscriber => {
          range(MANY).subscribe({ next: index => subscriber.next(`${index}`), complete: () => subscriber.complete() });
        }),
    );
    const events = observe(fromEventSource('/a', { reconnect: false, fetch: server.fetch }));
    expect(events.values).toHaveLength(MANY);
  });
});

describe('backpressure', () => {
  it('holds sent data until a `deliver` has finished with the data before', async () => {
    const seen: string[] = [];
    let done = (): void => undefined;
    const { connection } = connect({
      deliver: flush =>
        new Promise<void>(resolve => {
          done = resolve;
          seen.push(`${flush()} left`);
        }),
    });
    connection.open().send('a').send('b');
    expect(seen).toEqual(['0 left']);
    done();
    await Promise.resolve();
    await new Promise(resolve => setImmediate(resolve));
    expect(seen).toEqual(['0 left', '0 left']);
  });

  it('lets iterateEventSource read each event when it requests it', async () => {
    const server = fakeEventSource();
    const events = iterateEventSource('/a', { fetch: server.fetch });
    const first = events.next();
    const connection = server.expectConnection();
    connection.open().raw('data: a\n\ndata: b\n\n').send('c');
    expect(await first).toMatchObject({ value: { data: 'a' } });
    expect(await events.next()).toMatchObject({ value: { data: 'b' } });
    expect(await events.next()).toMatchObject({ value: { data: 'c' } });
    await events.return?.();
    expect(connection.state).toBe('closed');
    server.verify();
  });
});
