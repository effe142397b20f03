import { describe, expect, it } from '@jest/globals';
import { EMPTY, type Subscription } from 'rxjs';
import { ConnectionError, ContentTypeError, fromEventSourceLifecycle, ResponseStatusError } from '../../src/index.js';
import { type FakeConnection, fakeEventSource } from '../../src/testing/index.js';
import { observe, ofKind } from '../support/observe.js';
import { connect } from './connect.js';

describe('a connection', () => {
  it.each<[string, (connection: FakeConnection, subscription: Subscription) => unknown, string[]]>([
    ['the server opens it', connection => connection.open(), ['open', 'live']],
    ['the server refuses it', connection => connection.refuse(401), ['ended', 'failed']],
    ['it fails', connection => connection.fail(), ['ended', 'failed']],
    ['the server ends it', connection => connection.open().end(), ['ended', 'completed']],
    ['it breaks', connection => connection.open().break(), ['ended', 'failed']],
    ['the client closes it', (_, subscription) => subscription.unsubscribe(), ['closed', 'live']],
  ])('reports its state when %s', (_, deal, expected) => {
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
