import { EventStreamParser } from '#event-stream-parser';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  EventTooLargeError,
  type EventSourceOptions,
  fromEventSource,
  type ResponseStatusError,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';
import { ends, virtualStream } from '../support/virtual-stream.js';

const HOUR = 3_600_000;

describe('in production', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('options are not checked at the call, and messages are short', async () => {
    const error = await observe(fromEventSource(server.url, { prepare: () => undefined as never })).failed();
    expect(error).toMatchObject({ name: 'TypeError', message: 'Invalid prepare' });
    expect(() => fromEventSource(7 as never, { headers: 7 as never })).not.toThrow();
  });

  describe('an invalid result of a policy ends the stream, without a busy loop', () => {
    it.each([NaN, -1, 'x', null, {}])('from `delay`: %p', async answer => {
      const stream = virtualStream(() => ends('data: x\n\n'), { reconnect: { delay: () => answer as number } });
      expect(await stream.failed()).toBeInstanceOf(TypeError);
      expect(stream.requests).toHaveLength(1);
    });

    it.each([NaN, -1, 'x', {}])('from `when`: %p', async answer => {
      const stream = virtualStream(() => ends('data: x\n\n'), { reconnect: { when: () => answer as number } });
      expect(await stream.failed()).toBeInstanceOf(TypeError);
      expect(stream.requests).toHaveLength(1);
    });
  });

  it.each([
    ...[NaN, 'x', -1, null].flatMap(value => [{ delay: value }, { maxDelay: value }, { jitter: value }]),
    { jitter: 7 },
  ])('an invalid policy ends the stream, without a busy loop: %p', async reconnect => {
    const stream = virtualStream(() => ends('data: x\n\n'), { reconnect } as EventSourceOptions);
    expect(await stream.failed()).toBeInstanceOf(TypeError);
    expect(stream.requests).toHaveLength(1);
  });

  it.each([0, null, 'x'])('an invalid factor ends the stream, without a busy loop: %p', async factor => {
    const stream = virtualStream(() => ends(': no event\n\n'), { reconnect: { factor } } as EventSourceOptions);
    expect(await stream.failed()).toBeInstanceOf(TypeError);
    // The first wait doesn't use the factor: it is `delay`.
    expect(stream.waits()).toHaveLength(1);
  });

  it.each([NaN, 'x', null, -1])('an invalid `maxEventSize` is replaced by the default: %p', maxEventSize => {
    const parser = new EventStreamParser({ onEvent: () => undefined }, { maxEventSize: maxEventSize as number });
    const mebibyte = new Uint8Array(1024 * 1024).fill(0x20);
    for (let size = 0; size < 64; size++) parser.push(mebibyte);
    expect(() => parser.push(mebibyte)).toThrow(EventTooLargeError);
  });

  it.each([
    ['0', '0', 100],
    ['2^31', String(2 ** 31), HOUR],
    ['400 digits', '9'.repeat(400), HOUR],
  ])('`retry:` is clamped: %s', async (_, time, wait) => {
    const stream = virtualStream([ends(`retry: ${time}\n\n`)], { reconnect: { jitter: 0 } });
    await stream.completed();
    expect(stream.values.find(ofKind('retry-time'))).toMatchObject({ milliseconds: wait });
    expect(stream.waits()).toEqual([wait]);
  });

  it.each(['retry: -5', 'retry: 1e3', 'retry: soon', 'retry'])('`%s` is ignored', async line => {
    const stream = virtualStream([ends(`${line}\n\n`)], { reconnect: { jitter: 0 } });
    await stream.completed();
    expect(stream.waits()).toEqual([3000]);
  });

  it.each([
    ['a number of seconds', '5', 5000],
    ['400 digits', '9'.repeat(400), HOUR],
    ['a date in the far future', 'Fri, 31 Dec 9999 23:59:59 GMT', HOUR],
    ['a negative number', '-5', 3000],
    ['a word', 'soon', 3000],
  ])('`Retry-After` is bounded: %s', async (_, value, wait) => {
    const refusal = new Response('', { status: 503, headers: { 'retry-after': value } });
    const stream = virtualStream([refusal], { reconnect: { jitter: 0 } });
    await stream.completed();
    expect(stream.waits()).toEqual([wait]);
  });

  it.each([
    ['a line', 'x'.repeat(1001)],
    ['an event', 'data: x\n'.repeat(501)],
  ])('`maxEventSize` limits %s', async (_, chunk) => {
    const stream = observe(fromEventSource(server.url, { maxEventSize: 1000 }));
    const exchange = (await server.exchange(0)).open().send(`data: before\n\n${chunk}`);
    expect(await stream.failed()).toMatchObject({ name: 'EventTooLargeError', retryable: false });
    expect(stream.values.map(event => event.data)).toEqual(['before']);
    await exchange.gone();
    expect(server.exchanges).toHaveLength(1);
  });

  it('an id with NUL is ignored', async () => {
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 0 } }));
    (await server.exchange(0)).open().end('id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n');
    const again = await server.exchange(1);
    expect(again.lastEventId).toBe('1');
    again.refuse(204);
    expect((await stream.completed()).map(event => event.lastEventId)).toEqual(['1', '1']);
  });

  it.each([undefined, 'text/html', 'text/event-streams'])(
    'a response with the content type %p is refused',
    async type => {
      const stream = observe(fromEventSource(server.url));
      const exchange = await server.exchange(0);
      exchange.refuse(200, type === undefined ? {} : { 'content-type': type }, 'data: x\n\n');
      expect(await stream.failed()).toMatchObject({ name: 'ContentTypeError', contentType: type ?? null });
      expect(stream.values).toEqual([]);
      expect(server.exchanges).toHaveLength(1);
    },
  );

  it('only 64 KiB of the text of an error response are read, and the rest is cancelled', async () => {
    const stream = observe(fromEventSource(server.url, { reconnect: false }));
    const exchange = await server.exchange(0);
    exchange.response.writeHead(400);
    exchange.send('ü'.repeat(1024 * 1024));
    await exchange.gone();
    const { body } = (await stream.failed()) as ResponseStatusError;
    expect(Buffer.byteLength(body)).toBe(64 * 1024);
  });
});
