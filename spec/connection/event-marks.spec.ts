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
  it('delivers the last event, completes, and lets the connection go: the rest of the chunk is none of the stream', () => {
    const { server, said } = fakeStream({ isLast: isDone });
    server.expectConnection().open().raw('data: a\n\ndata: [DONE]\n\ndata: b\n\n');
    expect(said()).toEqual(['connecting 0', 'open', 'a', '[DONE]', 'closed last', 'complete']);
    server.verify();
  });

  it('is not asked to look behind the last event, even if what comes there is too large', () => {
    const { server, said } = fakeStream({ isLast: isDone, maxEventSize: 12 });
    server.expectConnection().open().raw('data: [DONE]\n\ndata: 0123456789abcdef\n\n');
    expect(said().slice(2)).toEqual(['[DONE]', 'closed last', 'complete']);
  });

  it.each(['a clean end', 'a cut'])(
    'makes a failure of %s before it: of a POST too, which is not sent again [pitfall 50]',
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

  it('says what cut the answer, and that it may be tried again', async () => {
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

  it('reconnects and resumes after a truncated answer, whatever `onEnd` says', () => {
    const { server, clock, said } = fakeStream({ isLast: isDone, reconnect: { onEnd: false } });
    server.expectConnection().open().send({ id: 1, data: 'a' }).end();
    expect(said().at(-1)).toBe('waiting 3000');
    clock.runOut();
    server.expectConnection({ lastEventId: '1' }).open().send({ id: 2, data: '[DONE]' });
    expect(said().slice(-3)).toEqual(['[DONE]', 'closed last', 'complete']);
  });

  it('leaves timeouts, refusals and a 204 as they are', () => {
    const silent = fakeStream({ isLast: isDone, idleTimeout: 1000, reconnect: false });
    silent.server.expectConnection().open();
    silent.clock.runOut();
    expect(silent.said().at(-1)).toMatch(/^error EventSourceTimeoutError/);
    const closed = fakeStream({ isLast: isDone });
    closed.server.expectConnection().refuse(204);
    expect(closed.said().slice(-2)).toEqual(['closed no-content', 'complete']);
  });

  it('loses nothing that `deliver` holds back', () => {
    const flushes: ((limit?: number) => number)[] = [];
    const { server, said } = fakeStream({ isLast: isDone, deliver: flush => void flushes.push(flush) });
    server.expectConnection().open().raw('data: a\n\ndata: [DONE]\n\n');
    expect(said().slice(-3)).toEqual(['[DONE]', 'closed last', 'complete']);
    expect(flushes.length).toBeGreaterThan(0);
  });

  it('is unsubscribed from in its own `next`', async () => {
    const server = fakeEventSource();
    const events = fromEventSource('/a', { fetch: server.fetch, isLast: isDone }).pipe(take(1), toArray());
    const stream = observe(events);
    server.expectConnection().open().send('[DONE]');
    expect((await stream.completed()).flat()).toHaveLength(1);
    server.verify();
  });

  it('ends the stream with what it throws', () => {
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

  it('moves with the data, and events carry it', () => {
    const store = memoryLastEventId();
    const { server, clock, log } = fakeStream({ position, lastEventId: store });
    server.expectConnection().open().raw('data: a #1\n\ndata: b\n\ndata: c #2\n\n');
    expect(log.flatMap(step => (step.kind === 'event' ? step.event.lastEventId : []))).toEqual(['1', '1', '2']);
    expect(store.get()).toBe('2');
    server.connections[0]?.break();
    clock.runOut();
    server.expectConnection({ lastEventId: '2' });
  });

  it('stays through a connection that is lost before its first event with a position [pitfall 52]', () => {
    const { server, clock } = fakeStream({ position });
    server.expectConnection().open().send('a #5').break();
    clock.runOut();
    server.expectConnection({ lastEventId: '5' }).open().send('no position').break();
    clock.runOut();
    server.expectConnection({ lastEventId: '5' });
  });

  it('is the only word on it: what `id:` fields say is not', () => {
    const { server, clock, log } = fakeStream({ position });
    server.expectConnection().open().raw('id: x\ndata: a #1\n\nid: y\n\nid: z\ndata: b\n\n').break();
    expect(log.flatMap(step => (step.kind === 'event' ? step.event.lastEventId : []))).toEqual(['1', '1']);
    clock.runOut();
    server.expectConnection({ lastEventId: '1' });
  });

  it('may read the `id:` field, and clear the position', () => {
    const own = fakeStream({ position: ({ lastEventId }) => lastEventId.replace('v1:', '') });
    own.server.expectConnection().open().send({ id: 'v1:7', data: 'a' }).break();
    own.clock.runOut();
    own.server.expectConnection({ lastEventId: '7' });
  });

  it('ends the stream with what it throws, and with a TypeError for what is no position', () => {
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
