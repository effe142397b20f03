import { describe, expect, it } from '@jest/globals';
import { type EventSourceOptions, memoryLastEventId } from '../../src/index.js';
import type { FakeConnection } from '../../src/testing/index.js';
import { fakeStream } from '../support/steps-of.js';

describe('a gap', () => {
  /** A stream that has received the event of id 1 and lost its connection: the second attempt has been made. */
  const resuming = (
    options: EventSourceOptions = {},
    event: Parameters<FakeConnection['send']>[0] = { id: 1, data: 'a' },
  ) => {
    const own = fakeStream(options);
    own.server.expectConnection().open().send(event).break();
    own.clock.runOut();
    own.said();
    return { ...own, again: own.server.expectConnection() };
  };

  it('is none on a first connection, from nowhere or from an id', () => {
    for (const options of [{}, { lastEventId: '7' }]) {
      const { server, said } = fakeStream(options);
      server.expectConnection().open().send('a');
      expect(said().filter(step => step.startsWith('gap'))).toEqual([]);
    }
  });

  it('is none if the server goes on from where it was asked', () => {
    const { again, said } = resuming();
    again.open({ headers: { 'last-event-id': '1' } });
    expect(said()).toEqual(['open from 1']);
  });

  it('is told right behind `open` if the answer names another id [pitfall 49]', () => {
    const { again, said, log } = resuming();
    again.open({ headers: { 'Last-Event-ID': 'earliest' } }).send({ id: 5, data: 'e' });
    expect(said()).toEqual(['open from 1', 'gap 1 earliest', 'e']);
    expect(log).toContainEqual({ kind: 'gap', requested: '1', resumed: 'earliest' });
  });

  it('reads an id of the answer as UTF-8, as it is sent', () => {
    const own = resuming({}, { id: 'ü€', data: 'a' });
    // What the server sends back are the bytes that it got.
    own.again.open({ headers: { 'last-event-id': own.again.headers['last-event-id'] ?? '' } });
    expect(own.said()).toEqual(['open from ü€']);
  });

  it.each([
    // A server in Node that says `flushHeaders`, or writes text: it encodes the bytes that it got once more.
    ['encoded twice', 'Ã\u0083Â¼'],
    ['as Latin-1', 'ü'],
  ])('is none if an id of the answer is the one that was sent, but %s', (_how, header) => {
    const { again, said } = resuming({}, { id: 'ü', data: 'a' });
    again.open({ headers: { 'last-event-id': header } });
    expect(said()).toEqual(['open from ü']);
  });

  it('is told on a first connection that asked for a position', () => {
    const { server, said } = fakeStream({ lastEventId: '7' });
    server.expectConnection({ lastEventId: '7' }).open({ headers: { 'last-event-id': '20' } });
    expect(said()).toEqual(['connecting 0 after 7', 'open from 7', 'gap 7 20']);
  });

  it('is told right before the event that says so, which is delivered', () => {
    const isGap = ({ type }: { type: string }) => type === 'trimmed';
    const { again, said } = resuming({ isGap });
    again.open().raw('id: 2\ndata: b\n\nevent: trimmed\nid: 90\ndata: T\n\nevent: trimmed\ndata: U\n\n');
    expect(said()).toEqual(['open from 1', 'b', 'gap 2 90', 'T', 'gap 90 -', 'U']);
  });

  it('ends the stream with what `isGap` throws, after what came before', () => {
    const isGap = ({ data }: { data: string }) => {
      if (data === 'b') throw new RangeError('mine');
      return false;
    };
    const { server, said } = fakeStream({ isGap });
    server.expectConnection().open().raw('data: a\n\ndata: b\n\ndata: c\n\n');
    expect(said()).toEqual(['connecting 0', 'open', 'a', 'error RangeError: mine']);
  });

  it.each([409, 410, 412])(
    'follows a %d for the position: it is given up, and asked without, once and at once',
    status => {
      const store = memoryLastEventId('1');
      const { server, said } = fakeStream({ lastEventId: store });
      server.expectConnection({ lastEventId: '1' }).refuse(status);
      expect(said()).toEqual(['connecting 0 after 1', 'connecting 0']);
      expect(store.get()).toBe('');
      server.expectConnection({ lastEventId: '' }).open().send({ id: 50, data: 'new' });
      expect(said()).toEqual(['open', 'gap 1 -', 'new']);
      expect(store.get()).toBe('50');
    },
  );

  it('is final if the request without the position is refused as well', () => {
    const { server, said } = fakeStream({ lastEventId: '1' });
    server.expectConnection().refuse(410);
    server.expectConnection({ lastEventId: '' }).refuse(410);
    expect(said().at(-1)).toMatch(/^error ResponseStatusError: .*410/);
    server.expectNoConnection();
  });

  it('makes no busy loop of a `prepare` that asks for a refused position again', () => {
    const { server, said } = fakeStream({
      lastEventId: '1',
      prepare: ({ url, init }) => ({ url, init: { ...init, headers: { ...init.headers, 'last-event-id': '1' } } }),
    });
    server.expectConnection().refuse(410);
    server.expectConnection().refuse(410);
    expect(said().at(-1)).toMatch(/^error ResponseStatusError/);
  });

  it('survives a failure between the refusal and the next connection', () => {
    const { server, clock, said } = fakeStream({ lastEventId: '1' });
    server.expectConnection().refuse(410);
    server.expectConnection().fail();
    clock.runOut();
    server.expectConnection({ lastEventId: '' }).open();
    expect(said().slice(-2)).toEqual(['open', 'gap 1 -']);
  });

  it('is no matter of a 410 to a request without a position, of a POST, nor of a stream without a policy', () => {
    for (const [options, position] of [
      [{}, ''],
      [{ reconnect: false, lastEventId: '1' }, '1'],
      [{ reconnect: { count: 0 }, lastEventId: '1' }, '1'],
    ] as const) {
      const { server, said } = fakeStream(options);
      server.expectConnection({ lastEventId: position }).refuse(410);
      expect(said().at(-1)).toMatch(/^error ResponseStatusError/);
      server.expectNoConnection();
    }
  });

  it('is a connection after the first that asked from nowhere, if events have come', () => {
    const { again, said } = resuming({}, { data: 'a' });
    again.open();
    expect(said()).toEqual(['open', 'gap - -']);
  });

  it('is none if nothing had come', () => {
    const { server, clock, said } = fakeStream();
    server.expectConnection().open().comment('hi').break();
    clock.runOut();
    server.expectConnection().open();
    expect(said().filter(step => step.startsWith('gap'))).toEqual([]);
  });

  it('is what `prepare` makes of a position that it takes away: `resumedFrom` says what went out [pitfall 56]', () => {
    const { again, said } = resuming({ prepare: ({ url }) => ({ url }) });
    expect(again.lastEventId).toBe('');
    again.open();
    expect(said()).toEqual(['open', 'gap 1 -']);
  });

  it('is what `prepare` and `headers` ask for in the place of the position', () => {
    const other = resuming({ prepare: ({ url }) => ({ url, init: { headers: { 'Last-Event-ID': '9' } } }) });
    other.again.open({ headers: { 'last-event-id': '9' } });
    expect(other.said()).toEqual(['open from 9']);
    const first = fakeStream({ headers: { 'Last-Event-ID': '3' } });
    first.server.expectConnection({ lastEventId: '3' }).open();
    expect(first.said()).toEqual(['connecting 0', 'open from 3']);
  });

  it('names what the wire leaves of an id [pitfall 56]', () => {
    const { again, said } = resuming({}, { id: ' 1 ', data: 'a' });
    again.open({ headers: { 'last-event-id': '1' } });
    expect(said()).toEqual(['open from 1']);
  });

  it('is told in order with events that `deliver` holds back, which are not fetched again [pitfall 54]', () => {
    const flushes: (() => unknown)[] = [];
    const own = fakeStream({ deliver: flush => void flushes.push(flush) });
    own.server.expectConnection().open().send({ id: 1, data: 'a' }).break();
    own.clock.runOut();
    const again = own.server.expectConnection({ lastEventId: '1' });
    again.open({ headers: { 'last-event-id': '8' } }).send({ id: 9, data: 'i' });
    flushes.at(-1)?.();
    expect(own.said()).toEqual([
      'connecting 0',
      'open',
      'a',
      'waiting 3000',
      'connecting 1 after 1',
      'open from 1',
      'gap 1 8',
      'i',
    ]);
  });
});
