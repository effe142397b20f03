import { describe, expect, it } from '@jest/globals';
import { type Observable, take } from 'rxjs';
import {
  ConnectionError,
  decode,
  DecodeError,
  fromEventSource,
  fromEventSourceLifecycle,
  json,
  type ServerSentEvent,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe, ofKind } from '../support/observe.js';

interface Price {
  readonly symbol: string;
  readonly price: number;
}

/** Opens a connection on a fake server, and observes its events through an operator. */
function open<T>(operator: (events$: Observable<ServerSentEvent>) => Observable<T>) {
  const server = fakeEventSource();
  const stream = observe(fromEventSource('/prices', { fetch: server.fetch }).pipe(operator));
  return { stream, connection: server.expectConnection().open(), server };
}

describe('json', () => {
  describe('as an operator', () => {
    it('parses the data of each event, and keeps type and lastEventId', () => {
      const { stream, connection } = open(json<Price>());
      connection.send({ data: { symbol: 'A', price: 1 }, id: 7 });
      connection.send({ type: 'price', data: { symbol: 'B', price: 2 } });
      expect(stream.values).toEqual([
        { type: 'message', data: { symbol: 'A', price: 1 }, lastEventId: '7' },
        { type: 'price', data: { symbol: 'B', price: 2 }, lastEventId: '7' },
      ]);
    });

    it.each([null, true, false, 0, -1.5e3, '', 'text', [], {}, [{ a: [null] }]])('parses %j', value => {
      const { stream, connection } = open(json());
      // The fake server sends a string as it is, so it's stringified here.
      connection.send({ data: JSON.stringify(value) });
      expect(stream.values.map(({ data }) => data)).toEqual([value]);
    });

    it('parses data of several lines', () => {
      const { stream, connection } = open(json<Price>());
      connection.raw('data: {\ndata: "symbol": "A",\ndata: "price": 1\ndata: }\n\n');
      expect(stream.values.map(({ data }) => data)).toEqual([{ symbol: 'A', price: 1 }]);
    });

    it.each(['', '{', 'undefined', '[DONE]', '{"a":1}}'])('errors with a DecodeError on %j, and closes', text => {
      const { stream, connection, server } = open(json());
      connection.send({ data: 1 }).raw(`id: 2\nevent: price\ndata: ${text}\n\ndata: 3\n\n`);
      expect(stream.values.map(({ data }) => data)).toEqual([1]);
      const error = stream.error as DecodeError;
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({
        name: 'DecodeError',
        event: { type: 'price', data: text, lastEventId: '2' },
        issues: [],
        retryable: false,
      });
      expect(error.cause).toBeInstanceOf(SyntaxError);
      expect(error.message).toBe(`Invalid data in event "price": ${(error.cause as SyntaxError).message}`);
      expect(connection.state).toBe('closed');
      server.verify();
    });

    it('completes and errors with the source', () => {
      const source = (server: ReturnType<typeof fakeEventSource>) =>
        observe(fromEventSource('/prices', { fetch: server.fetch, reconnect: false }).pipe(json()));
      const server = fakeEventSource();
      const ended = source(server);
      server.expectConnection().open().send('1').end();
      expect(ended.status).toBe('completed');
      const broken = source(server);
      server.expectConnection().open().send('1').break();
      expect(broken.error).toBeInstanceOf(ConnectionError);
    });

    it('closes the connection on unsubscribe, even in the middle of a chunk', () => {
      const { stream, connection, server } = open(events$ => events$.pipe(json(), take(1)));
      connection.raw('data: 1\n\ndata: {\n\n');
      expect(stream.values).toHaveLength(1);
      expect(stream.status).toBe('completed');
      server.verify();
    });
  });

  describe('as a decoder', () => {
    it('decodes the events of one type in `decode`', () => {
      const { stream, connection } = open(decode({ price: json<Price>(), halted: Number }));
      connection.send({ type: 'price', data: { symbol: 'A', price: 1 }, id: 7 }).send({ type: 'halted', data: '30' });
      expect(stream.values).toEqual([
        { type: 'price', data: { symbol: 'A', price: 1 }, lastEventId: '7' },
        { type: 'halted', data: 30, lastEventId: '7' },
      ]);
    });

    it('decodes the events of all types in a lifecycle, and lets its other steps through', () => {
      const server = fakeEventSource();
      const stream = observe(fromEventSourceLifecycle('/prices', { fetch: server.fetch }).pipe(decode(json<Price>())));
      const connection = server.expectConnection().open().comment('beat');
      connection
        .send({ type: 'price', data: { symbol: 'A', price: 1 }, id: 7 })
        .send({ data: { symbol: 'B', price: 2 } });
      expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'comment', 'event', 'event']);
      expect(stream.values.filter(ofKind('event'))).toEqual([
        { kind: 'event', event: { type: 'price', data: { symbol: 'A', price: 1 }, lastEventId: '7' } },
        { kind: 'event', event: { type: 'message', data: { symbol: 'B', price: 2 }, lastEventId: '7' } },
      ]);

      connection.send({ data: '{' });
      expect(stream.error).toMatchObject({ name: 'DecodeError', event: { data: '{' } });
      expect((stream.error as DecodeError).cause).toBeInstanceOf(SyntaxError);
      server.verify();
    });

    it('is a function that parses the text', () => {
      expect(json<Price>()('{"symbol":"A","price":1}')).toEqual({ symbol: 'A', price: 1 });
      expect(() => json()('{')).toThrow(SyntaxError);
    });
  });
});
