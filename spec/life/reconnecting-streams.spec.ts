import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, EMPTY, of, Subject, takeWhile, VirtualTimeScheduler } from 'rxjs';
import {
  type Attempt,
  ConnectionError,
  ContentTypeError,
  type EventSourceOptions,
  EventSourceTimeoutError,
  EventTooLargeError,
  type Flush,
  fromEventSource,
  fromEventSourceLifecycle,
  type ReconnectPolicy,
  ResponseStatusError,
} from '../../src/index.js';
import { observe, ofKind } from '../support/observe.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { VirtualPage } from '../support/virtual-page.js';
import { breaks, ends, status, virtualStream } from '../support/virtual-stream.js';

const HOUR = 3_600_000;
const lost = () => new TypeError('fetch failed');
/** A policy without jitter. */
const exact = (policy: ReconnectPolicy<Attempt> = {}): EventSourceOptions => ({ reconnect: { jitter: 0, ...policy } });

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

describe('count', () => {
  it('ends the stream with the last error when it is used up', async () => {
    const stream = virtualStream([status(500), lost(), status(503)], exact({ count: 2 }));
    expect(await stream.failed()).toMatchObject({ status: 503 });
    expect(stream.waits()).toEqual([3000, 6000]);
  });

  it('completes the stream as `exhausted` when a clean end uses it up', async () => {
    const stream = virtualStream([lost(), ends(), ends()], exact({ count: 2 }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'exhausted' });
    expect(stream.requests).toHaveLength(3);
  });

  it('starts again after an event', async () => {
    const answers = [lost(), lost(), ends('data: a\n\n'), lost(), status(500)];
    const stream = virtualStream(answers, exact({ count: 2 }));
    expect(await stream.failed()).toMatchObject({ status: 500 });
    expect(stream.values.filter(ofKind('connecting')).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 1, 2]);
    expect(stream.waits()).toEqual([3000, 6000, 3000, 6000]);
  });

  it('does not start again after only headers, a comment, an id or a `retry` [pitfall 10]', async () => {
    const answers = [ends(), ends(': alive\n\n'), ends('id: 1\n\n'), ends('retry: 3000\n\n'), status(500)];
    const stream = virtualStream(answers, exact({ count: 4 }));
    expect(await stream.failed()).toMatchObject({ status: 500 });
    expect(stream.values.filter(ofKind('connecting')).map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4]);
  });

  it('allows one attempt if it is 0', async () => {
    expect(await virtualStream([status(500)], exact({ count: 0 })).failed()).toMatchObject({ status: 500 });
    expect((await virtualStream([ends()], exact({ count: 0 })).completed()).at(-1)).toMatchObject({ kind: 'closed' });
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
    ['a GET that must not', { reconnect: false }],
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

describe('the `retry:` of the server', () => {
  const retryTimes = async (text: string, policy: ReconnectPolicy<Attempt> = {}) => {
    const stream = virtualStream([ends(text), ends(), ends()], exact(policy));
    const values = await stream.completed();
    return { items: values.filter(ofKind('retry-time')).map(item => item.milliseconds), waits: stream.waits() };
  };

  it('replaces the delay, and grows by the factor', async () => {
    expect(await retryTimes('retry: 500\n\n')).toEqual({ items: [500], waits: [500, 1000, 2000] });
    expect(await retryTimes('retry: 500\n\n', { factor: 3 })).toEqual({ items: [500], waits: [500, 1500, 4500] });
    expect(await retryTimes('retry: 5000\ndata: a\n\n')).toEqual({ items: [5000], waits: [5000, 10_000, 20_000] });
  });

  it('is clamped [pitfall 11]', async () => {
    expect(await retryTimes('retry: 0\n\n')).toEqual({ items: [100], waits: [100, 200, 400] });
    const capped = { items: [HOUR], waits: [HOUR, HOUR, HOUR] };
    expect(await retryTimes('retry: 99999999999999999999\n\n')).toEqual(capped);
    expect(await retryTimes(`retry: ${'9'.repeat(400)}\n\n`)).toEqual(capped);
    const asked = { items: [99_999], waits: [99_999, 99_999, 99_999] };
    expect(await retryTimes('retry: 99999\n\n', { maxDelay: 4000 })).toEqual(asked);
    expect(await retryTimes('retry: 0\n\n', { delay: 20 })).toMatchObject({ items: [20] });
  });

  it.each(['40abc', '-5', '1e3', '', '1.5', ' 500', '٣'])('is ignored if it is %p [pitfall 11]', async value => {
    expect(await retryTimes(`retry: ${value}\n\n`)).toEqual({ items: [], waits: [3000, 6000, 12_000] });
  });

  it('is accepted or ignored by `serverDelay`', async () => {
    const own = { items: [], waits: [3000, 6000, 12_000] };
    expect(await retryTimes('retry: 500\n\n', { serverDelay: false })).toEqual(own);

    const asked: number[] = [];
    const serverDelay = (milliseconds: number) => (asked.push(milliseconds), milliseconds >= 1000);
    expect(await retryTimes('retry: 500\n\n', { serverDelay })).toEqual(own);
    expect(await retryTimes('retry: 1000\nretry: 500\n\n', { serverDelay })).toMatchObject({ items: [1000] });
    expect(asked).toEqual([500, 1000, 500]);
  });

  it('is ignored with a `delay` function', async () => {
    const delay = ({ count }: Attempt) => count;
    expect(await retryTimes('retry: 500\n\n', { delay })).toEqual({ items: [], waits: [1, 2, 3] });
  });

  it('ends the stream with the error that `serverDelay` throws', async () => {
    const serverDelay = () => {
      throw new RangeError('mine');
    };
    const stream = virtualStream([ends('data: a\n\nretry: 500\n\n')], exact({ serverDelay }));
    expect(await stream.failed()).toEqual(new RangeError('mine'));
    expect(stream.values.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'event']);
  });
});

describe('Retry-After', () => {
  const date = 'Wed, 21 Oct 2099 07:28:00 GMT';

  it.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['a date, by the clock of the server', { 'retry-after': 'Wed, 21 Oct 2099 07:28:30 GMT', date }, 30_000],
    [
      'a date, by the own clock where the server tells none',
      { 'retry-after': 'Thu, 01 Jan 1970 00:00:10 GMT' },
      10_000,
    ],
    ['less than the own wait', { 'retry-after': '2' }, 3000],
    ['0', { 'retry-after': '0' }, 3000],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2099 07:27:00 GMT', date }, 3000],
    ['more than an hour', { 'retry-after': '86400' }, HOUR],
    ['years', { 'retry-after': '99999999999999999999' }, HOUR],
    ['a date in years', { 'retry-after': 'Sat, 21 Oct 2119 07:28:00 GMT', date }, HOUR],
    ['a word', { 'retry-after': 'soon' }, 3000],
    ['a negative number', { 'retry-after': '-120' }, 3000],
    ['a fraction', { 'retry-after': '120.5' }, 3000],
    ['a unit', { 'retry-after': '120s' }, 3000],
    ['nothing', { 'retry-after': '' }, 3000],
  ])('of %s sets only the next wait, if it is longer [pitfall 15]', async (_name, headers, wait) => {
    const stream = virtualStream([status(503, headers), status(503)], exact());
    await stream.completed();
    expect(stream.waits()).toEqual([wait, 6000]);
  });

  it('may be longer than `maxDelay`', async () => {
    const stream = virtualStream([status(429, { 'retry-after': '60' })], exact({ maxDelay: 100 }));
    await stream.completed();
    expect(stream.waits()).toEqual([60_000]);
  });

  it('is ignored with a final status', async () => {
    expect(await virtualStream([status(404, { 'retry-after': '60' })]).failed()).toMatchObject({ status: 404 });
  });
});

describe('each attempt', () => {
  it('passes its failure count, last event ID and previous error to `headers`, `prepare` and `when`', async () => {
    const told: [string, Attempt][] = [];
    const tell = (name: string) => (attempt: Attempt) => void told.push([name, attempt]);
    const stream = virtualStream([ends('id: 7\ndata: a\n\n'), status(503)], {
      headers: tell('headers'),
      prepare: (request, attempt) => (tell('prepare')(attempt), request),
      ...exact({ when: (_error, attempt) => tell('when')(attempt) }),
    });
    await stream.completed();
    const error = expect.objectContaining({ status: 503 }) as unknown;
    expect(told).toEqual([
      ['headers', { count: 0, lastEventId: '' }],
      ['prepare', { count: 0, lastEventId: '' }],
      ['when', { count: 0, lastEventId: '' }],
      ['headers', { count: 1, lastEventId: '7' }],
      ['prepare', { count: 1, lastEventId: '7' }],
      ['when', { count: 1, lastEventId: '7' }],
      ['headers', { count: 2, lastEventId: '7', error }],
      ['prepare', { count: 2, lastEventId: '7', error }],
    ]);
  });

  it('reports where it resumed and how long the stream was away [pitfall 20]', async () => {
    const answers = [
      ends('id: 7\ndata: a\n\n'),
      status(503),
      lost(),
      ends('data: b\n\n'),
      ends('id:\ndata: c\n\n'),
      ends(),
    ];
    const stream = virtualStream(answers, exact());
    const values = await stream.completed();
    expect(values.filter(ofKind('open'))).toMatchObject([
      { resumedFrom: '', downtime: 0 },
      { resumedFrom: '7', downtime: 3000 + 6000 + 12_000 },
      { resumedFrom: '7', downtime: 3000 },
      { resumedFrom: '', downtime: 3000 },
    ]);
    expect(values.filter(ofKind('connecting'))).toMatchObject([
      { attempt: 0, lastEventId: '' },
      { attempt: 1, lastEventId: '7' },
      { attempt: 2, lastEventId: '7' },
      { attempt: 3, lastEventId: '7' },
      { attempt: 1, lastEventId: '7' },
      { attempt: 1, lastEventId: '' },
      { attempt: 2, lastEventId: '' },
    ]);
  });

  it('announces no time if the `delay` function returns an Observable', async () => {
    const stream = virtualStream([lost()], exact({ delay: () => of(0) }));
    await stream.completed();
    expect(stream.values.find(ofKind('waiting'))).toMatchObject({ delay: undefined, attempt: 1 });
  });

  it('is not made if the `delay` function returns an empty Observable: the stream stops', async () => {
    const stream = virtualStream([lost()], exact({ delay: () => EMPTY }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'stopped' });
    expect(stream.requests).toHaveLength(1);
  });
});

describe('wake', () => {
  it('is the `online` event by default, and has listeners only during waits [pitfall 19]', async () => {
    const page = new VirtualPage();
    try {
      let heard = 0;
      const stream = virtualStream([lost(), lost(), ends('data: a\n\n')], exact(), scheduler => {
        heard += page.listenersFor('online');
        scheduler.schedule(() => page.setOnline(true), 1000);
        scheduler.flush();
      });
      expect(page.listenersFor('online')).toBe(0);
      await stream.completed();
      expect(stream.times()).toEqual([0, 1000, 2000, 3000]);
      expect(stream.waits()).toEqual([3000, 6000, 3000]);
      expect(heard).toBe(3);
      expect(page.listeners).toBe(0);
    } finally {
      page.remove();
    }
  });

  it('doesn’t affect a live stream [pitfall 19]', async () => {
    const wake = new Subject<void>();
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const answer = new Response(body.readable, { headers: { 'content-type': 'text/event-stream' } });
    const stream = virtualStream([answer], { reconnect: { wake } });
    await stream.find(ofKind('open'));
    wake.next();
    await writer.write(new TextEncoder().encode('data: still here\n\n'));
    await stream.find(ofKind('event'));
    expect(stream.requests).toHaveLength(1);
    stream.subscription.unsubscribe();
  });

  it('ignores a value from before the wait', async () => {
    const stream = virtualStream([lost()], exact({ wake: new BehaviorSubject(true) }));
    await stream.completed();
    expect(stream.times()).toEqual([0, 3000]);
  });

  it('may emit as soon as `waiting` is delivered', async () => {
    const wake = new Subject<void>();
    // It emits after every step, and takes effect during the wait.
    const deliver = (flush: Flush) => {
      flush();
      wake.next();
    };
    const stream = virtualStream([lost()], { ...exact({ wake }), deliver });
    await stream.completed();
    expect(stream.times()).toEqual([0, 0]);
  });
});

describe('with a real server', () => {
  let server: SseServer;
  const serve = async (handler?: (exchange: Exchange) => void) => {
    server = await SseServer.start(handler);
  };
  afterEach(() => server.close());

  it('a stream survives a deploy, and misses nothing [pitfall 13]', async () => {
    await serve(exchange => {
      switch (exchange.index) {
        case 0:
          exchange.open().send('id: 1\ndata: a\n\n');
          break;
        case 1:
          exchange.refuse(503, { 'content-type': 'text/event-stream' }, 'data: no event\n\n');
          break;
        case 2:
          exchange.cut();
          break;
        default:
          exchange.open().send('id: 2\ndata: b\n\n');
      }
    });
    const stream = observe(fromEventSource(server.url, { reconnect: { delay: 1 } }));
    await stream.first(1);
    (await server.exchange(0)).cut();
    await stream.first(2);
    expect(stream.values.map(event => event.data)).toEqual(['a', 'b']);
    expect(server.exchanges.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '1', '1']);
    stream.subscription.unsubscribe();
    await server.idle();
  });

  it('a stream reconnects when the headers or the bytes take too long', async () => {
    await serve(exchange => {
      if (exchange.index === 0) return;
      exchange.open();
      if (exchange.index > 1) exchange.send('data: a\n\n');
    });
    const stream = observe(
      fromEventSourceLifecycle(server.url, { connectTimeout: 100, idleTimeout: 100, reconnect: { delay: 1 } }),
    );
    await stream.find(ofKind('event'));
    const errors = stream.values.filter(ofKind('waiting')).map(({ error }) => error);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    for (const error of errors) expect(error).toBeInstanceOf(EventSourceTimeoutError);
    stream.subscription.unsubscribe();
    await server.idle();
  });

  it('a stream refreshes its token once on 401, and keeps its last event ID [pitfall 15]', async () => {
    await serve(exchange => {
      const { authorization } = exchange.request.headers;
      if (authorization !== 'Bearer token 2') exchange.refuse(401);
      else exchange.open().end('id: 5\ndata: a\n\n');
    });
    let tokens = 1;
    const refresh = () => Promise.resolve(++tokens);

    // The recipe.
    const isUnauthorized = (error: unknown) => error instanceof ResponseStatusError && error.status === 401;
    const stream = observe(
      fromEventSource(server.url, {
        lastEventId: '4',
        headers: () => ({ authorization: `Bearer token ${tokens}` }),
        reconnect: {
          delay: 1,
          when: async (error, attempt) => {
            if (!isUnauthorized(error) || isUnauthorized(attempt.error)) return undefined;
            await refresh();
            return 0;
          },
        },
      }),
    );

    await stream.first(1);
    tokens = 8;
    expect(await stream.failed()).toMatchObject({ status: 401 });
    expect(tokens).toBe(9);
    const asked = server.exchanges.map(({ request, lastEventId }) => [request.headers.authorization, lastEventId]);
    expect([...asked.slice(0, 2), ...asked.slice(-2)]).toEqual([
      ['Bearer token 1', '4'],
      ['Bearer token 2', '4'],
      ['Bearer token 8', '5'],
      ['Bearer token 9', '5'],
    ]);
  });

  it('a stream that is accepted and disconnected at once reconnects `count` times [pitfall 10]', async () => {
    await serve(exchange => exchange.open().end());
    const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { count: 4, delay: 1 } }));
    expect((await stream.completed()).at(-1)).toEqual({ kind: 'closed', reason: 'exhausted' });
    expect(server.exchanges).toHaveLength(5);
  });

  it('a stream to a port without a listener fails with a ConnectionError', async () => {
    await serve();
    const { url } = server;
    await server.close();
    const stream = observe(fromEventSourceLifecycle(url, { reconnect: { count: 2, delay: 1 } }));
    expect(await stream.failed()).toBeInstanceOf(ConnectionError);
    expect(stream.values.map(({ kind }) => kind)).toEqual([
      ...['connecting', 'waiting'],
      ...['connecting', 'waiting'],
      'connecting',
    ]);
  });
});
