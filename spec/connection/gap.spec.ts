import { describe, expect, it } from '@jest/globals';
import { type EventSourceOptions, memoryLastEventId } from '../../src/index.js';
import type { FakeConnection } from '../../src/testing/index.js';
import { fakeStream } from '../support/steps-of.js';

describe('a gap', () => {
  /** Returns a stream that has received the event with id 1, lost its connection, and sent its second request. */
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

  it('isn’t emitted on a first connection, with or without an initial id', () => {
    for (const options of [{}, { lastEventId: '7' }]) {
      const { server, said } = fakeStream(options);
      server.expectConnection().open().send('a');
      expect(said().filter(step => step.startsWith('gap'))).toEqual([]);
    }
  });

  it('isn’t emitted if the server resumes from the requested id', () => {
    const { again, said } = resuming();
    again.open({ headers: { 'last-event-id': '1' } });
    expect(said()).toEqual(['open from 1']);
  });

  it('is emitted right after `open` if the response names another id [pitfall 49]', () => {
    const { again, said, log } = resuming();
    again.open({ headers: { 'Last-Event-ID': 'earliest' } }).send({ id: 5, data: 'e' });
    expect(said()).toEqual(['open from 1', 'gap 1 earliest', 'e']);
    expect(log).toContainEqual({ kind: 'gap', requested: '1', resumed: 'earliest' });
  });

  it('isn’t emitted if the response returns the id as it was sent, in UTF-8', () => {
    const own = resuming({}, { id: 'ü€', data: 'a' });
    // The server returns the bytes that it received.
    own.again.open({ headers: { 'last-event-id': own.again.headers['last-event-id'] ?? '' } });
    expect(own.said()).toEqual(['open from ü€']);
  });

  it.each([
    // A server in Node that calls `flushHeaders` or writes text encodes the received bytes once more.
    ['encoded twice', 'Ã\u0083Â¼'],
    ['encoded as Latin-1', 'ü'],
  ])('isn’t emitted if the response returns the id that was sent, but %s', (_how, header) => {
    const { again, said } = resuming({}, { id: 'ü', data: 'a' });
    again.open({ headers: { 'last-event-id': header } });
    expect(said()).toEqual(['open from ü']);
  });

  it('is emitted on a first connection that requested a position', () => {
    const { server, said } = fakeStream({ lastEventId: '7' });
    server.expectConnection({ lastEventId: '7' }).open({ headers: { 'last-event-id': '20' } });
    expect(said()).toEqual(['connecting 0 after 7', 'open from 7', 'gap 7 20']);
  });

  it('is emitted right before the event that reports it, which is emitted too', () => {
    const isGap = ({ type }: { type: string }) => type === 'trimmed';
    const { again, said } = resuming({ isGap });
    again.open().raw('id: 2\ndata: b\n\nevent: trimmed\nid: 90\ndata: T\n\nevent: trimmed\ndata: U\n\n');
    expect(said()).toEqual(['open from 1', 'b', 'gap 2 90', 'T', 'gap 90 -', 'U']);
  });

  it('fails the stream with the error that `isGap` throws, after the earlier events', () => {
    const isGap = ({ data }: { data: string }) => {
      if (data === 'b') throw new RangeError('mine');
      return false;
    };
    const { server, said } = fakeStream({ isGap });
    server.expectConnection().open().raw('data: a\n\ndata: b\n\ndata: c\n\n');
    expect(said()).toEqual(['connecting 0', 'open', 'a', 'error RangeError: mine']);
  });

  it.each([409, 410, 412])(
    'is emitted after a %d for the position: the stream drops it, and requests without it, once and at once',
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

  it('isn’t emitted if the request without the position is refused as well: the stream fails', () => {
    const { server, said } = fakeStream({ lastEventId: '1' });
    server.expectConnection().refuse(410);
    server.expectConnection({ lastEventId: '' }).refuse(410);
    expect(said().at(-1)).toMatch(/^error ResponseStatusError: .*410/);
    server.expectNoConnection();
  });

  it('causes no endless loop if `prepare` requests a refused position again', () => {
    const { server, said } = fakeStream({
      lastEventId: '1',
      prepare: ({ url, init }) => ({ url, init: { ...init, headers: { ...init.headers, 'last-event-id': '1' } } }),
    });
    server.expectConnection().refuse(410);
    server.expectConnection().refuse(410);
    expect(said().at(-1)).toMatch(/^error ResponseStatusError/);
  });

  it('is still emitted if a request fails between the refusal and the next connection', () => {
    const { server, clock, said } = fakeStream({ lastEventId: '1' });
    server.expectConnection().refuse(410);
    server.expectConnection().fail();
    clock.runOut();
    server.expectConnection({ lastEventId: '' }).open();
    expect(said().slice(-2)).toEqual(['open', 'gap 1 -']);
  });

  it('isn’t emitted after a 410 to a request without a position, or if the stream doesn’t reconnect', () => {
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

  it('is emitted on a later connection that requested no position, if events have arrived', () => {
    const { again, said } = resuming({}, { data: 'a' });
    again.open();
    expect(said()).toEqual(['open', 'gap - -']);
  });

  it('isn’t emitted if no events have arrived', () => {
    const { server, clock, said } = fakeStream();
    server.expectConnection().open().comment('hi').break();
    clock.runOut();
    server.expectConnection().open();
    expect(said().filter(step => step.startsWith('gap'))).toEqual([]);
  });

  it('is emitted if `prepare` removes the position: `resumedFrom` is what was really sent [pitfall 56]', () => {
    const { again, said } = resuming({ prepare: ({ url }) => ({ url }) });
    expect(again.lastEventId).toBe('');
    again.open();
    expect(said()).toEqual(['open', 'gap 1 -']);
  });

  it('is determined from the id that `prepare` or `headers` sends instead of the position', () => {
    const other = resuming({ prepare: ({ url }) => ({ url, init: { headers: { 'Last-Event-ID': '9' } } }) });
    other.again.open({ headers: { 'last-event-id': '9' } });
    expect(other.said()).toEqual(['open from 9']);
    const first = fakeStream({ headers: { 'Last-Event-ID': '3' } });
    first.server.expectConnection({ lastEventId: '3' }).open();
    expect(first.said()).toEqual(['connecting 0', 'open from 3']);
  });

  it('isn’t emitted for an id whose surrounding spaces HTTP removes: `open` has the rest [pitfall 56]', () => {
    const { again, said } = resuming({}, { id: ' 1 ', data: 'a' });
    again.open({ headers: { 'last-event-id': '1' } });
    expect(said()).toEqual(['open from 1']);
  });

  it('is emitted in order with events that `deliver` holds back, which aren’t requested again [pitfall 54]', () => {
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
