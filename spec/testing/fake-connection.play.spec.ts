import { describe, expect, it } from '@jest/globals';
import { concat, EMPTY, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { fromEventSource } from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { connect } from './connect.js';

describe('play', () => {
  it('sends the values of an Observable, and ends when it completes', () => {
    const { connection, events, data } = connect();
    const source = new Subject<string>();
    expect(connection.play(source)).toBe(connection);
    source.next('a');
    expect(data()).toEqual(['a']);
    source.complete();
    expect(events.status).toBe('completed');
    expect(connection.state).toBe('ended');
  });

  it('breaks with the error of the Observable', () => {
    const gone = new Error('gone');
    const { connection, events, data } = connect();
    connection.open().play(
      concat(
        of('a'),
        throwError(() => gone),
      ),
    );
    expect(data()).toEqual(['a']);
    expect(events.error).toMatchObject({ cause: gone });
  });

  it('unsubscribes when the client closes the connection, or when the server ends or breaks it', () => {
    let live = 0;
    const source = new Observable<string>(subscriber => {
      live++;
      subscriber.next('a');
      return () => live--;
    });
    const closed = connect();
    closed.connection.play(source).play(source);
    expect(closed.data()).toEqual(['a', 'a']);
    expect(live).toBe(2);
    closed.events.subscription.unsubscribe();
    expect(live).toBe(0);
    for (const over of ['end', 'break'] as const) {
      const { connection } = connect();
      connection.play(source);
      connection[over]();
      expect(live).toBe(0);
    }
    const first = connect();
    first.connection.play(NEVER).play(EMPTY);
    expect(first.connection.state).toBe('ended');
  });

  it('stops an endless Observable within the call when the client unsubscribes', () => {
    const server = fakeEventSource();
    const events = observe(fromEventSource('/a', { fetch: server.fetch }).pipe(take(3)));
    let emitted = 0;
    const endless = new Observable<string>(subscriber => {
      while (!subscriber.closed && emitted < 1000) subscriber.next(`${++emitted}`);
    });
    server.expectConnection().play(endless);
    expect(events.values.map(({ data }) => data)).toEqual(['1', '2', '3']);
    expect(emitted).toBe(3);
    server.verify();
  });

  it('throws if the connection has ended', () => {
    const { connection } = connect();
    connection.open().end();
    expect(() => connection.play(of('a'))).toThrow('open for play(), but the server has ended it');
  });
});
