import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { config, NEVER, Subject, take, takeUntil, takeWhile } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  type FetchLike,
  fromEventSource,
  fromEventSourceLifecycle,
  type LastEventIdStore,
} from '../src/index.js';
import { Clock } from './support/clock.js';
import { observe, ofKind } from './support/observe.js';
import { SseServer } from './support/sse-server.js';
import { TRANSPORTS } from './support/transports.js';
import { until } from './support/until.js';
import { VirtualPage } from './support/virtual-page.js';

/** A fetch that responds when the test tells it to, and ignores its signal. */
function deafFetch() {
  const calls: { signal: AbortSignal; answer: (response: Response) => void; fail: (error: unknown) => void }[] = [];
  const called = new Subject<void>();
  const fetch: FetchLike = (_url, { signal }: { signal: AbortSignal }) =>
    new Promise<Response>((answer, fail) => {
      calls.push({ signal, answer, fail });
      called.next();
    });
  return { fetch, calls, called };
}

const EVENT_STREAM = { headers: { 'content-type': 'text/event-stream' } };

/** A body that records whether it was cancelled. */
function body(...chunks: string[]) {
  const cancel = jest.fn<() => void>();
  const stream = new ReadableStream<Uint8Array>({
    start: controller => chunks.forEach(chunk => controller.enqueue(new TextEncoder().encode(chunk))),
    cancel,
  });
  return { stream, cancel };
}

describe('teardown', () => {
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
  });
  afterEach(() => server.close());

  it('inside `connecting`: sends no request [pitfall 7]', async () => {
    const { fetch, calls } = deafFetch();
    const headers = jest.fn(() => ({}));
    const items = await observe(fromEventSourceLifecycle('http://host', { fetch, headers }).pipe(take(1))).completed();
    expect(items).toHaveLength(1);
    expect(headers).not.toHaveBeenCalled();
    expect(calls).toHaveLength(0);
  });

  const asked: [string, (answer: Subject<never>) => EventSourceOptions][] = [
    ['`headers`', answer => ({ headers: () => answer })],
    ['`prepare`', answer => ({ prepare: () => answer })],
    [
      '`get` of the store',
      answer => ({ lastEventId: { get: () => answer, set: () => undefined } satisfies LastEventIdStore }),
    ],
  ];
  it.each(asked)('while %s is pending: unsubscribes from it, and sends no request [pitfall 7]', (_what, options) => {
    const { fetch, calls } = deafFetch();
    const answer = new Subject<never>();
    const stream = observe(fromEventSource('http://host', { fetch, ...options(answer) }));
    expect(answer.observed).toBe(true);
    stream.subscription.unsubscribe();
    expect(answer.observed).toBe(false);
    answer.next({} as never);
    expect(calls).toHaveLength(0);
  });

  it('while a Promise of `headers` is pending: sends no request when it resolves [pitfall 7]', async () => {
    const { fetch, calls } = deafFetch();
    let resolve: (headers: HeadersInit) => void = () => undefined;
    const pending = new Promise<HeadersInit>(settle => (resolve = settle));
    const stream = observe(fromEventSource('http://host', { fetch, headers: () => pending }));
    stream.subscription.unsubscribe();
    resolve({});
    await pending;
    await Promise.resolve();
    expect(calls).toHaveLength(0);
  });

  it('inside `headers` itself: sends no request', async () => {
    const { fetch, calls } = deafFetch();
    const stop = new Subject<void>();
    const source = fromEventSource('http://host', {
      fetch,
      headers: () => {
        stop.next();
        return {};
      },
    });
    expect(await observe(source.pipe(takeUntil(stop))).completed()).toEqual([]);
    expect(calls).toHaveLength(0);
  });

  it('before the response headers: aborts the request, and cancels a response that still arrives [pitfall 7]', async () => {
    const { fetch, calls } = deafFetch();
    const stream = observe(fromEventSourceLifecycle('http://host', { fetch }));
    stream.subscription.unsubscribe();
    expect(calls[0]?.signal.aborted).toBe(true);
    const { stream: late, cancel } = body('data: x\n\n');
    calls[0]?.answer(new Response(late, EVENT_STREAM));
    await until(() => cancel.mock.calls.length > 0);
    expect(stream.values.map(item => item.kind)).toEqual(['connecting']);
  });

  it('between the headers and the first read: cancels the body, even if the transport ignores the abort', async () => {
    const validating = new Subject<void>();
    const points: [string, EventSourceOptions][] = [
      ['inside `open`', {}],
      ['while `validate` is pending', { validate: () => validating }],
    ];
    for (const [, options] of points) {
      const { fetch, calls } = deafFetch();
      const stream = observe(
        fromEventSourceLifecycle('http://host', { fetch, ...options }).pipe(takeWhile(({ kind }) => kind !== 'open')),
      );
      const { stream: open, cancel } = body('data: x\n\n');
      calls[0]?.answer(new Response(open, EVENT_STREAM));
      if (options.validate) {
        await until(() => validating.observed);
        stream.subscription.unsubscribe();
      } else {
        await stream.completed();
      }
      expect(cancel).toHaveBeenCalledTimes(1);
    }
  });

  it('while a read is pending: cancels the reader, and releases its lock', async () => {
    const { fetch, calls } = deafFetch();
    const stream = observe(fromEventSource('http://host', { fetch }));
    const { stream: open, cancel } = body('data: x\n\n');
    calls[0]?.answer(new Response(open, EVENT_STREAM));
    await stream.first(1);
    expect(open.locked).toBe(true);
    stream.subscription.unsubscribe();
    expect(cancel).toHaveBeenCalledTimes(1);
    expect(open.locked).toBe(false);
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it('inside a chunk: doesn’t deliver the rest of it [pitfall 4]', async () => {
    const { fetch, calls } = deafFetch();
    const stream = observe(fromEventSource('http://host', { fetch }).pipe(take(1)));
    const { stream: open, cancel } = body('data: 1\n\ndata: 2\n\ndata: 3\n\n');
    calls[0]?.answer(new Response(open, EVENT_STREAM));
    expect(await stream.completed()).toHaveLength(1);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('in a wait, or while `when` is pending: removes the timer and the listener, and sends no request [pitfall 5]', async () => {
    const clock = new Clock();
    const wake = new Subject<void>();
    const waiting = observe(fromEventSourceLifecycle(server.url, { scheduler: clock, reconnect: { wake } }));
    (await server.exchange(0)).cut();
    await waiting.find(ofKind('waiting'));
    expect([clock.timers, wake.observed]).toEqual([1, true]);
    waiting.subscription.unsubscribe();
    expect([clock.timers, wake.observed]).toEqual([0, false]);
    clock.runOut();
    wake.next();

    const answer = new Subject<boolean>();
    const asked = new Subject<void>();
    const when = () => {
      asked.next();
      return answer;
    };
    const deciding = observe(fromEventSource(server.url, { reconnect: { when } }));
    const once = observe(asked.pipe(take(1))).completed();
    (await server.exchange(1)).cut();
    await once;
    await Promise.resolve();
    deciding.subscription.unsubscribe();
    expect(answer.observed).toBe(false);
    answer.next(true);
    expect(server.exchanges).toHaveLength(2);
  });

  it('clears the timers of both timeouts', async () => {
    const clock = new Clock();
    const stream = observe(
      fromEventSourceLifecycle(server.url, { scheduler: clock, connectTimeout: 5, idleTimeout: 5 }),
    );
    const exchange = await server.exchange(0);
    expect(clock.timers).toBe(1);
    exchange.open();
    await stream.find(ofKind('open'));
    expect(clock.timers).toBe(1);
    stream.subscription.unsubscribe();
    expect(clock.timers).toBe(0);
    await exchange.gone();
  });

  it.each(TRANSPORTS)(
    'cancels the body of every refused response, even if it drips forever, over %s [pitfall 1]',
    async (_name, fetch) => {
      const stream = observe(fromEventSource(server.url, { fetch, reconnect: { delay: 0, when: () => true } }));
      const answers: [number, Record<string, string>][] = [
        [200, { 'content-type': 'text/html' }],
        [200, {}],
        [403, { 'content-length': '1000000' }],
        [500, {}],
      ];
      for (const [index, [status, headers]] of answers.entries()) {
        const exchange = await server.exchange(index);
        exchange.response.writeHead(status, headers);
        // The error of a refused status contains its text. Enough text ends the reading.
        exchange.send('x'.repeat(status === 200 ? 10 : 70_000));
        await exchange.gone();
      }
      const last = await server.exchange(answers.length);
      expect(server.liveExchanges).toBe(1);
      stream.subscription.unsubscribe();
      await last.gone();
    },
  );

  it('after completion or an error: leaves no timer and no listener', async () => {
    const wake = new Subject<void>();
    const clock = new Clock();
    const options = { scheduler: clock, idleTimeout: 10, connectTimeout: 10, reconnect: { wake, count: 0 } };
    const ended = observe(fromEventSource(server.url, options));
    (await server.exchange(0)).open().end('data: x\n\n');
    await ended.completed();
    const failed = observe(fromEventSource(server.url, options));
    (await server.exchange(1)).cut();
    await failed.failed();
    expect([clock.timers, wake.observed]).toEqual([0, false]);
    await server.idle();
  });

  it('leaves no listener on the window or the document [pitfall 3]', async () => {
    const page = new VirtualPage();
    try {
      const stream = observe(fromEventSourceLifecycle(server.url));
      (await server.exchange(0)).cut();
      await stream.find(ofKind('waiting'));
      // One listener for `online`, and one for `beforeunload`.
      expect(page.listeners).toBe(2);
      stream.subscription.unsubscribe();
      expect(page.listeners).toBe(0);
    } finally {
      page.remove();
    }
  });

  it.each<EventSourceLifecycle['kind']>(['connecting', 'open', 'comment', 'retry-time', 'event', 'waiting'])(
    'inside `%s`: emits no later step',
    async kind => {
      const clock = new Clock();
      const source = fromEventSourceLifecycle(server.url, { scheduler: clock, reconnect: { wake: NEVER } });
      const stream = observe(source.pipe(takeWhile(item => item.kind !== kind, true)));
      if (kind !== 'connecting') {
        const exchange = (await server.exchange(0)).open().send(': hi\nretry: 5000\ndata: x\n\n');
        if (kind === 'waiting') {
          await stream.find(ofKind('event'));
          exchange.cut();
        }
        await exchange.gone();
      }
      expect((await stream.completed()).at(-1)?.kind).toBe(kind);
      expect(clock.timers).toBe(0);
    },
  );

  it('isn’t caused by an observer that throws: the stream doesn’t fail or reconnect', async () => {
    const thrown: unknown[] = [];
    config.onUnhandledError = error => thrown.push(error);
    try {
      const seen: string[] = [];
      const done = new Promise<void>(resolve => {
        fromEventSource(server.url, { reconnect: false }).subscribe({
          next: event => {
            seen.push(event.data);
            if (event.data === 'a') throw new Error('mine');
          },
          complete: resolve,
        });
      });
      (await server.exchange(0)).open().end('data: a\n\ndata: b\n\n');
      await done;
      expect(seen).toEqual(['a', 'b']);
      expect(server.exchanges).toHaveLength(1);
      await until(() => thrown.length > 0);
      expect(thrown).toEqual([new Error('mine')]);
    } finally {
      config.onUnhandledError = null;
    }
  });
});
