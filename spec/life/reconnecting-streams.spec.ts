import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { takeWhile, VirtualTimeScheduler } from 'rxjs';
import { ContentTypeError, EventTooLargeError, fromEventSourceLifecycle } from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { breaks, ends, status, virtualStream } from '../support/virtual-stream.js';
import { exact, lost } from './exact-policy.js';

const HOUR = 3_600_000;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('by default, a stream', () => {
  it.each([408, 425, 429, 500, 501, 502, 503, 504, 599])('reconnects after status %d [pitfall 13]', async code => {
    const stream = virtualStream([status(code)], exact());
    expect(await stream.completed()).toMatchObject([
      { kind: 'connecting', attempt: 0 },
      { kind: 'waiting', attempt: 1, delay: 3000, error: { name: 'ResponseStatusError', status: code } },
      { kind: 'connecting', attempt: 1 },
      { kind: 'closed', reason: 'no-content' },
    ]);
  });

  it.each([201, 206, 301, 400, 401, 403, 404, 410, 418, 499])('fails for good with status %d', async code => {
    const stream = virtualStream([status(code)]);
    expect(await stream.failed()).toMatchObject({ name: 'ResponseStatusError', status: code });
    expect(stream.requests).toHaveLength(1);
    expect(stream.waits()).toEqual([]);
  });

  it('completes with status 204', async () => {
    const stream = virtualStream([status(204)]);
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
    expect(stream.requests).toHaveLength(1);
  });

  it('fails for good with a wrong content type', async () => {
    const stream = virtualStream([new Response('<p>', { headers: { 'content-type': 'text/html' } })]);
    expect(await stream.failed()).toBeInstanceOf(ContentTypeError);
    expect(stream.waits()).toEqual([]);
  });

  it('fails for good with an event that is too large', async () => {
    const stream = virtualStream([ends('data: small\n\ndata: 0123456789abcdef\n\n')], { maxEventSize: 15 });
    expect(await stream.failed()).toBeInstanceOf(EventTooLargeError);
    expect(stream.waits()).toEqual([]);
  });

  it('fails for good with an error that the application’s own code throws', async () => {
    const headers = () => {
      throw new RangeError('mine');
    };
    const stream = virtualStream([], { headers });
    expect(await stream.failed()).toEqual(new RangeError('mine'));
    expect(stream.waits()).toEqual([]);
  });

  it('reconnects when the request fails and when the connection is lost', async () => {
    const stream = virtualStream([lost(), breaks('id: 1\ndata: a\n\n')], exact());
    await stream.completed();
    expect(stream.values.filter(ofKind('waiting'))).toMatchObject([
      { attempt: 1, delay: 3000, error: { name: 'ConnectionError', cause: { message: 'fetch failed' } } },
      { attempt: 1, delay: 3000, error: { name: 'ConnectionError', cause: { message: 'terminated' } } },
    ]);
    expect(stream.requests.map(({ init }) => init.headers['last-event-id'])).toEqual([undefined, undefined, '1']);
  });

  it('waits for at most half a minute, cut at random by up to half', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const answers = Array.from({ length: 6 }, lost);
    const stream = virtualStream(answers);
    await stream.completed();
    expect(stream.waits()).toEqual([2250, 4500, 9000, 18_000, 22_500, 22_500]);
    expect(stream.times()).toEqual([0, 2250, 6750, 15_750, 33_750, 56_250, 78_750]);
    expect(random).toHaveBeenCalledTimes(6);
  });

  it('doesn’t become a busy loop if a server accepts and disconnects at once [pitfall 10]', async () => {
    const stream = virtualStream(({ at }) => (at < HOUR ? ends() : status(204)), exact());
    await stream.completed();
    // At 0, 3, 9, 21 and 45 s, and then every 30 s: 123 requests in the hour, and the one that ends the stream.
    expect(stream.times().slice(0, 6)).toEqual([0, 3000, 9000, 21_000, 45_000, 75_000]);
    expect(stream.requests).toHaveLength(124);
    expect(stream.scheduler.now()).toBe(HOUR + 15_000);
  });

  it('doesn’t become a busy loop if a server sends `retry: 0` and an event before it disconnects [pitfall 10]', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const stream = virtualStream(({ at }) => (at < 10_000 ? ends('retry: 0\ndata: a\n\n') : status(204)));
    await stream.completed();
    // 100 ms, and almost half of that added.
    expect(new Set(stream.waits())).toEqual(new Set([150]));
    expect(stream.requests).toHaveLength(68);
  });

  it('ends when it is unsubscribed within `waiting`, before there is a timer [pitfall 5]', async () => {
    const scheduler = new VirtualTimeScheduler();
    const fetch = () => Promise.reject(lost());
    const source = fromEventSourceLifecycle('http://localhost/', { fetch, scheduler });
    const items = await observe(source.pipe(takeWhile(({ kind }) => kind !== 'waiting', true))).completed();
    expect(items.map(({ kind }) => kind)).toEqual(['connecting', 'waiting']);
    expect(scheduler.actions).toHaveLength(0);
  });

  it('sends no request after it was unsubscribed during a wait, and leaves no timer [pitfall 5]', async () => {
    const stream = virtualStream([ends()], {}, () => undefined);
    await stream.find(ofKind('waiting'));
    expect(stream.scheduler.actions).toHaveLength(1);
    stream.subscription.unsubscribe();
    expect(stream.scheduler.actions).toHaveLength(0);
    stream.scheduler.flush();
    expect(stream.requests).toHaveLength(1);
  });
});

describe('a clean end', () => {
  const post = { method: 'POST', body: 'question' };
  const closed = { kind: 'closed', reason: 'end' };

  it('reconnects a GET, which resumes from its last event ID', async () => {
    const stream = virtualStream([ends('id: 7\ndata: a\n\n')], exact());
    await stream.completed();
    expect(stream.values.find(ofKind('waiting'))).toEqual({ kind: 'waiting', delay: 3000, attempt: 1 });
    expect(stream.requests[1]).toMatchObject({ at: 3000, init: { headers: { 'last-event-id': '7' } } });
  });

  it('completes a POST, even if it reconnects after failures [pitfall 14]', async () => {
    for (const options of [post, { ...post, ...exact() }]) {
      const stream = virtualStream([ends('data: answer\n\n')], options);
      expect((await stream.completed()).at(-1)).toEqual(closed);
      expect(stream.requests).toHaveLength(1);
    }
  });

  it('follows `onEnd`', async () => {
    const get = virtualStream([ends()], exact({ onEnd: false }));
    expect((await get.completed()).at(-1)).toEqual(closed);
    const again = virtualStream([ends()], { ...post, ...exact({ onEnd: true }) });
    expect((await again.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'no-content' });
    expect(again.requests.map(({ init }) => [init.method, init.body])).toEqual([
      ['POST', 'question'],
      ['POST', 'question'],
    ]);
  });

  it('completes if `reconnect` is `false`', async () => {
    expect((await virtualStream([ends()], { reconnect: false }).completed()).at(-1)).toEqual(closed);
  });
});

describe('a failed request', () => {
  it.each([
    ['a POST', { method: 'POST', body: 'question' }],
    ['a GET with `reconnect: false`', { reconnect: false }],
  ] as const)('ends %s, which is not sent again [pitfall 14]', async (_name, options) => {
    for (const answer of [lost(), status(503), breaks('data: a\n\n')]) {
      const stream = virtualStream([answer], options);
      expect(await stream.failed()).toMatchObject({ retryable: true });
      expect(stream.requests).toHaveLength(1);
      expect(stream.waits()).toEqual([]);
    }
  });

  it('is sent again as a POST if `reconnect` is set', async () => {
    const stream = virtualStream([status(503)], { method: 'POST', body: 'question', ...exact() });
    await stream.completed();
    expect(stream.requests.map(({ init }) => init.body)).toEqual(['question', 'question']);
  });
});
