import { NO_POSITION, TRUNCATED } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { take, toArray } from 'rxjs';
import {
  ConnectionError,
  fromEventSource,
  memoryLastEventId,
  type ServerSentEvent,
  StreamTruncatedError,
} from '../../src/index.js';
import { fakeEventSource } from '../../src/testing/index.js';
import { observe } from '../support/observe.js';
import { fakeStream } from '../support/steps-of.js';

const isDone = ({ data }: ServerSentEvent) => data === '[DONE]';

describe('isLast', () => {
  it('emits the last event, completes, closes the connection, and ignores the rest of the chunk', () => {
    const { server, said } = fakeStream({ isLast: isDone });
    server.expectConnection().open().raw('data: a\n\ndata: [DONE]\n\ndata: b\n\n');
    expect(said()).toEqual(['connecting 0', 'open', 'a', '[DONE]', 'closed last', 'complete']);
    server.verify();
  });

  it('stops parsing after the last event, even if the following data is too large', () => {
    const { server, said } = fakeStream({ isLast: isDone, maxEventSize: 12 });
    server.expectConnection().open().raw('data: [DONE]\n\ndata: 0123456789abcdef\n\n');
    expect(said().slice(2)).toEqual(['[DONE]', 'closed last', 'complete']);
  });

  it.each(['a clean end', 'a cut'])(
    'fails the stream after %s before the last event, also a POST, which isn’t sent again [pitfall 50]',
    how => {
      const { server, said, log } = fakeStream({ isLast: isDone, method: 'POST', reconnect: undefined });
      const connection = server.expectConnection().open().send('a');
      if (how === 'a cut') connection.break();
      else connection.end();
      expect(said().slice(2)).toEqual(['a', `error StreamTruncatedError: ${TRUNCATED}: http://localhost/stream`]);
      expect(log.some(({ kind }) => kind === 'closed')).toBe(false);
      server.expectNoConnection();
    },
  );

  it('reports what cut the response, and that the error is retryable', async () => {
    const server = fakeEventSource();
    const stream = observe(
      fromEventSource('http://localhost/a?token=secret', {
        fetch: server.fetch,
        isLast: isDone,
        reconnect: false,
      }),
    );
    const cut = new TypeError('terminated');
    server.expectConnection().open().break(cut);
    const error = await stream.failed();
    expect(error).toBeInstanceOf(StreamTruncatedError);
    expect(error).toMatchObject({ name: 'StreamTruncatedError', retryable: true, url: 'http://localhost/a' });
    expect((error as StreamTruncatedError).cause).toBeInstanceOf(ConnectionError);
    expect((error as StreamTruncatedError).cause).toMatchObject({ cause: cut });
    expect((error as Error).message).not.toMatch('secret');
  });

  it('reconnects and resumes after a truncated response, even if `onEnd` is false', () => {
    const { server, clock, said } = fakeStream({ isLast: isDone, reconnect: { onEnd: false } });
    server.expectConnection().open().send({ id: 1, data: 'a' }).end();
    expect(said().at(-1)).toBe('waiting 3000');
    clock.runOut();
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: '[DONE]' });
    expect(said().slice(-3)).toEqual(['[DONE]', 'closed last', 'complete']);
  });

  it('doesn’t change how the stream ends after a timeout, a 204 or a refusal', () => {
    const silent = fakeStream({ isLast: isDone, idleTimeout: 1000, reconnect: false });
    silent.server.expectConnection().open();
    silent.clock.runOut();
    expect(silent.said().at(-1)).toMatch(/^error EventSourceTimeoutError/);
    const closed = fakeStream({ isLast: isDone });
    closed.server.expectConnection().refuse(204);
    expect(closed.said().slice(-2)).toEqual(['closed no-content', 'complete']);
    const refused = fakeStream({ isLast: isDone });
    refused.server.expectConnection().refuse(403);
    expect(refused.said().at(-1)).toMatch(/^error ResponseStatusError/);
  });

  it('loses no events that `deliver` holds back', () => {
    const flushes: ((limit?: number) => number)[] = [];
    const { server, said } = fakeStream({ isLast: isDone, deliver: flush => void flushes.push(flush) });
    server.expectConnection().open().raw('data: a\n\ndata: [DONE]\n\n');
    expect(said().slice(-3)).toEqual(['[DONE]', 'closed last', 'complete']);
    expect(flushes.length).toBeGreaterThan(0);
  });

  it('allows unsubscribing while the last event is emitted', async () => {
    const server = fakeEventSource();
    const events = fromEventSource('/a', { fetch: server.fetch, isLast: isDone }).pipe(take(1), toArray());
    const stream = observe(events);
    server.expectConnection().open().send('[DONE]');
    expect((await stream.completed()).flat()).toHaveLength(1);
    server.verify();
  });

  it('fails the stream with the error that it throws, after the event', () => {
    const { server, said } = fakeStream({
      isLast: () => {
        throw new RangeError('mine');
      },
    });
    server.expectConnection().open().send('a');
    expect(said().slice(2)).toEqual(['a', 'error RangeError: mine']);
  });
});

describe('position', () => {
  const position = ({ data }: ServerSentEvent) => /#(\d+)/.exec(data)?.[1];

  it('moves the position with the data, and sets `lastEventId` of the events', () => {
    const store = memoryLastEventId();
    const { server, clock, log } = fakeStream({ position, lastEventId: store });
    server.expectConnection().open().raw('data: a #1\n\ndata: b\n\ndata: c #2\n\n');
    expect(log.flatMap(step => (step.kind === 'event' ? step.event.lastEventId : []))).toEqual(['1', '1', '2']);
    expect(store.get()).toBe('2');
    server.connections[0]?.break();
    clock.runOut();
    server.expectConnection({ lastEventId: '2' });
  });

  it('keeps the position if a connection is lost before its first event with a position [pitfall 52]', () => {
    const { server, clock } = fakeStream({ position });
    server.expectConnection().open().send('a #5').break();
    clock.runOut();
    server.expectConnection({ lastEventId: '5' }).open().send('no position').break();
    clock.runOut();
    server.expectConnection({ lastEventId: '5' });
  });

  it('replaces the `id:` fields, which no longer affect the position', () => {
    const { server, clock, log } = fakeStream({ position });
    server.expectConnection().open().raw('id: x\ndata: a #1\n\nid: y\n\nid: z\ndata: b\n\n').break();
    expect(log.flatMap(step => (step.kind === 'event' ? step.event.lastEventId : []))).toEqual(['1', '1']);
    clock.runOut();
    server.expectConnection({ lastEventId: '1' });
  });

  it('may compute the position from the `id:` field', () => {
    const own = fakeStream({ position: ({ lastEventId }) => lastEventId.replace('v1:', '') });
    own.server.expectConnection().open().send({ id: 'v1:7', data: 'a' }).break();
    own.clock.runOut();
    own.server.expectConnection({ lastEventId: '7' });
  });

  it('fails the stream with the error that it throws, or with a TypeError for an invalid position', () => {
    const thrown = fakeStream({
      position: () => {
        throw new RangeError('mine');
      },
    });
    thrown.server.expectConnection().open().send('a');
    expect(thrown.said().at(-1)).toBe('error RangeError: mine');
    const wrong = fakeStream({ position: () => 7 as never });
    wrong.server.expectConnection().open().send('a');
    expect(wrong.said().at(-1)).toBe(`error TypeError: ${NO_POSITION}`);
  });
});
