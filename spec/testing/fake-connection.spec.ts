import { describe, expect, it } from '@jest/globals';
import { concat, EMPTY, NEVER, Observable, of, range, Subject, Subscription, take, tap, throwError } from 'rxjs';
import {
  ConnectionError,
  ContentTypeError,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
  iterateEventSource,
  ResponseStatusError,
} from '../../src/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { observe, ofKind } from '../support/observe.js';

/** Returns a stream without reconnects, and its connection. */
function connect(options: EventSourceOptions = {}) {
  const server = fakeEventSource();
  const events = observe(fromEventSource('/chat', { reconnect: false, ...options, fetch: server.fetch }));
  return { server, events, connection: server.expectConnection(), data: () => events.values.map(({ data }) => data) };
}

describe('a connection', () => {
  it.each<[string, (connection: FakeConnection, subscription: Subscription) => unknown, string[]]>([
    ['opened', connection => connection.open(), ['open', 'live']],
    ['refused', connection => connection.refuse(401), ['ended', 'failed']],
    ['failed', connection => connection.fail(), ['ended', 'failed']],
    ['ended', connection => connection.open().end(), ['ended', 'completed']],
    ['broken', connection => connection.open().break(), ['ended', 'failed']],
    ['closed by the client', (_, subscription) => subscription.unsubscribe(), ['closed', 'live']],
  ])('that is %s reports its state', (_, deal, expected) => {
    const { connection, events } = connect();
    expect(connection.state).toBe('requested');
    deal(connection, events.subscription);
    expect([connection.state, events.status]).toEqual(expected);
  });

  it('is `closed` after the client has unsubscribed, unless the server had ended it', () => {
    const left = connect();
    left.connection.open();
    left.events.subscription.unsubscribe();
    expect(left.connection.state).toBe('closed');
    const ended = connect();
    ended.connection.open().end();
    ended.events.subscription.unsubscribe();
    expect(ended.connection.state).toBe('ended');
  });

  it('opens with the given headers, in any case, and the given url', () => {
    const server = fakeEventSource(connection => {
      connection.open({ headers: { 'X-Room': 'a', 'Content-Type': 'Text/Event-Stream; charset=utf-8' }, url: '/b' });
    });
    const steps = observe(fromEventSourceLifecycle('/a', { reconnect: false, fetch: server.fetch }));
    const open = steps.values.find(ofKind('open'));
    expect(open).toMatchObject({ status: 200, url: '/b' });
    expect(Object.fromEntries(open?.headers ?? [])).toEqual({
      'content-type': 'Text/Event-Stream; charset=utf-8',
      'x-room': 'a',
    });
  });

  it('is closed by a client that refuses its content type', () => {
    const { connection, events } = connect();
    connection.open({ headers: { 'content-type': 'text/html' } });
    expect(events.error).toBeInstanceOf(ContentTypeError);
    expect(connection.state).toBe('closed');
  });

  it('is refused with a status, headers and a body', () => {
    const { connection, events } = connect();
    connection.refuse(429, { headers: { 'Retry-After': '7' }, body: '{"why":"é"}' });
    expect(events.error).toBeInstanceOf(ResponseStatusError);
    expect(events.error).toMatchObject({ status: 429, body: '{"why":"é"}', retryAfter: 7000 });
  });

  it('fails and breaks with the given error', () => {
    const cause = new Error('no route');
    const failed = connect();
    failed.connection.fail(cause);
    expect(failed.events.error).toBeInstanceOf(ConnectionError);
    expect(failed.events.error).toMatchObject({ cause });
    const broken = connect();
    broken.connection.open().send('a').break(cause);
    expect(broken.data()).toEqual(['a']);
    expect(broken.events.error).toMatchObject({ cause });
  });

  it('sends events with all their fields, as a client receives them', () => {
    const { connection, events } = connect();
    connection
      .open()
      .send('text')
      .send({ type: 'chat', id: 7, data: { a: [1, null] } })
      .send({ data: 'one\ntwo\r\nthree\rfour\n' })
      .send({ data: '' })
      .send({ id: 8 })
      .send({ data: null });
    expect(events.values).toEqual([
      { type: 'message', data: 'text', lastEventId: '' },
      { type: 'chat', data: '{"a":[1,null]}', lastEventId: '7' },
      { type: 'message', data: 'one\ntwo\nthree\nfour\n', lastEventId: '7' },
      { type: 'message', data: '', lastEventId: '7' },
      { type: 'message', data: 'null', lastEventId: '8' },
    ]);
    expect(connection.sent).toBe(6);
  });

  it('sends comments and reconnection times', () => {
    const server = fakeEventSource();
    const steps = observe(fromEventSourceLifecycle('/a', { fetch: server.fetch }));
    server
      .expectConnection()
      .open()
      .comment('beat')
      .comment()
      .comment('a\nb')
      .send({ retry: 500, comment: 'c', data: 'd' });
    expect(steps.values.slice(2)).toEqual([
      { kind: 'comment', text: 'beat' },
      { kind: 'comment', text: '' },
      { kind: 'comment', text: 'a' },
      { kind: 'comment', text: 'b' },
      { kind: 'comment', text: 'c' },
      { kind: 'retry-time', milliseconds: 500 },
      { kind: 'event', event: { type: 'message', data: 'd', lastEventId: '' } },
    ]);
  });

  it.each([
    ['type', { type: 'a\nb' }],
    ['id', { id: 'a\rb' }],
    ['data', { data: () => undefined }],
  ])('refuses to send an event that the format can’t represent: %s', (_, event) => {
    const { connection } = connect();
    expect(() => connection.open().send(event)).toThrow(TypeError);
    expect(connection.sent).toBe(0);
  });

  it('sends bytes unchanged, even if cut within a character', () => {
    const { connection, data } = connect();
    const bytes = new TextEncoder().encode('data: 🚀é\n\n');
    connection.open();
    for (const byte of bytes) connection.raw(Uint8Array.of(byte));
    expect(data()).toEqual(['🚀é']);
    connection.raw('data: a').raw('').raw('\n').raw('\n');
    expect(data()).toEqual(['🚀é', 'a']);
  });

  it('says in the error why a method can’t be called', () => {
    const { connection, events } = connect();
    const where = 'GET /chat';
    expect(() => connection.send('a')).toThrow(
      `Expected a connection that is open for send(), but it isn't accepted yet: call open() first: ${where}`,
    );
    connection.open();
    expect(() => connection.open()).toThrow(`requested for open(), but it is open already: ${where}`);
    expect(() => connection.refuse(500)).toThrow(`requested for refuse(), but it is open already`);
    expect(() => connection.fail()).toThrow(`requested for fail(), but it is open already`);
    events.subscription.unsubscribe();
    expect(() => connection.comment()).toThrow(`open for comment(), but the client has closed it: ${where}`);
    expect(() => connection.break()).toThrow(`open for break(), but the client has closed it`);
    expect(() => connection.play(EMPTY)).toThrow(`open for play(), but the client has closed it`);
    const ended = connect({ lastEventId: '7' });
    ended.connection.open().end();
    expect(() => ended.connection.raw('a')).toThrow(`open for raw(), but the server has ended it: ${where}, after "7"`);
    expect(() => ended.connection.end()).toThrow(`open for end(), but the server has ended it`);
  });

  it('is closed by a client that cancels the body', async () => {
    const server = fakeEventSource();
    const answer = server.fetch('/a', {});
    const connection = server.expectConnection().open();
    const { body } = (await answer) as Response;
    const reader = body?.getReader();
    expect(() => body?.getReader()).toThrow('is locked');
    connection.raw('a').raw('b');
    expect(await reader?.read()).toEqual({ done: false, value: Uint8Array.of(97) });
    await reader?.cancel();
    expect(connection.state).toBe('closed');
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
    server.verify();
  });

  it('breaks the body with the reason of an abort, and drops unread data', async () => {
    const server = fakeEventSource();
    const controller = new AbortController();
    const answer = server.fetch('/a', { signal: controller.signal });
    const connection = server.expectConnection().open().raw('a');
    const { body } = (await answer) as Response;
    controller.abort('left');
    await expect(body?.getReader().read()).rejects.toBe('left');
    expect(connection.state).toBe('closed');
  });

  it('is aborted before its response, with the reason of the abort', async () => {
    const server = fakeEventSource();
    const controller = new AbortController();
    const answer = server.fetch('/a', { signal: controller.signal });
    controller.abort('left');
    await expect(answer).rejects.toBe('left');
    expect(server.expectConnection().state).toBe('closed');
  });

  it('rejects a pending read when its reader is released', async () => {
    const server = fakeEventSource();
    const answer = server.fetch('/a', {});
    server.expectConnection().open();
    const { body } = (await answer) as Response;
    const reader = body?.getReader();
    const read = reader?.read();
    reader?.releaseLock();
    await expect(read).rejects.toThrow('released');
    expect(body?.locked).toBe(false);
  });
});

describe('the response in `validate`', () => {
  const EVENT_STREAM = { 'content-type': 'text/event-stream' };

  it('has a status, a url, headers and an unused body', () => {
    const seen: unknown[] = [];
    const { connection, events } = connect({
      validate: ({ ok, status, statusText, url, headers, bodyUsed }) => {
        seen.push(ok, status, statusText, url, headers.get('CONTENT-TYPE'), bodyUsed);
      },
    });
    connection.open().send('a');
    expect(seen).toEqual([true, 200, '', '/chat', 'text/event-stream', false]);
    expect(events.values).toHaveLength(1);
  });

  it('returns its text within the same call', () => {
    const { connection, events } = connect({
      validate: response =>
        response.text().then(text => {
          throw new Error(`${response.ok} ${response.url} ${response.bodyUsed} ${text}`);
        }),
    });
    connection.refuse(200, { url: '/elsewhere', body: 'té', headers: EVENT_STREAM });
    expect(events.error).toEqual(new Error('true /elsewhere true té'));
  });

  it('returns its JSON, with `await`', async () => {
    const { connection, events } = connect({
      validate: async response => {
        const { why } = (await response.json()) as { why: string };
        throw new Error(why);
      },
    });
    connection.refuse(200, { body: '{"why":"members only"}', headers: EVENT_STREAM });
    expect(await events.failed()).toEqual(new Error('members only'));
  });

  it('returns the text of a stream after its end, even if cut within a character', () => {
    const { connection, events } = connect({
      validate: response =>
        response.text().then(text => {
          throw new Error(text);
        }),
    });
    connection.open().raw(Uint8Array.of(0xc3)).raw(Uint8Array.of(0xa9)).end();
    expect(events.error).toEqual(new Error('é'));
  });

  it('rejects the text of a body that breaks, was read already, or is locked, and JSON that is invalid', async () => {
    const server = fakeEventSource();
    const ask = () => server.fetch('/a', {}) as Promise<Response>;
    const broken = ask();
    server.expectConnection().open().raw('a').break('gone');
    await expect((await broken).text()).rejects.toBe('gone');
    const used = ask();
    server.expectConnection().refuse(404, { body: 'a' });
    expect(await (await used).text()).toBe('a');
    await expect((await used).json()).rejects.toThrow('already read');
    const locked = ask();
    server.expectConnection().open();
    (await locked).body?.getReader();
    await expect((await locked).text()).rejects.toThrow('already read');
    const none = ask();
    server.expectConnection().refuse(204);
    expect((await none).body).toBeNull();
    expect(await (await none).text()).toBe('');
    const noJson = ask();
    server.expectConnection().refuse(500, { body: '<html>' });
    await expect((await noJson).json()).rejects.toThrow(SyntaxError);
  });
});

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
