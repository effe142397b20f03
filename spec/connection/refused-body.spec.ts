import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { BehaviorSubject, Subject, takeWhile, tap } from 'rxjs';
import {
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSource,
  fromEventSourceLifecycle,
} from '../../src/index.js';
import { observe } from '../support/observe.js';

const refuse = () => {
  throw new RangeError('refused');
};

/** Returns a `fetch`, and what happens to its request, in order. */
function recorded(type: string) {
  const order: string[] = [];
  const fetch = (_url: unknown, init?: { readonly signal?: AbortSignal | null }) => {
    init?.signal?.addEventListener('abort', () => order.push('abort'));
    const body = new ReadableStream({ cancel: () => void order.push('cancel') });
    return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  };
  return { order, fetch };
}

const URL = 'http://localhost/';
const REFUSALS: [string, string, EventSourceOptions][] = [
  ['the content type check', 'text/plain', {}],
  ['`validate`', 'text/event-stream', { validate: refuse }],
];

describe('a refused response', () => {
  it.each(REFUSALS)(
    'is cancelled before it is aborted, because an aborted body can’t be cancelled: refused by %s',
    async (_by, type, options) => {
      const { order, fetch } = recorded(type);
      await observe(fromEventSource(URL, { fetch, reconnect: false, ...options })).failed();
      expect(order).toEqual(['cancel', 'abort']);
    },
  );
});

describe('a response that arrives after unsubscribing', () => {
  const { fetch: platformFetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = platformFetch;
  });

  /** Returns whether a late response was cancelled. By then, rx-sse has received it too, because rx-sse was the first to wait for it. */
  async function arriveLate(fetch: (answer: Promise<Response>) => EventSourceOptions): Promise<boolean> {
    const cancel = jest.fn<() => void>();
    let respond!: (response: Response) => void;
    const answer = new Promise<Response>(resolve => (respond = resolve));
    fromEventSource(URL, fetch(answer)).subscribe().unsubscribe();
    respond(new Response(new ReadableStream({ cancel })));
    await answer;
    return cancel.mock.calls.length > 0;
  }

  it('is cancelled, because another `fetch` may ignore its signal', async () => {
    expect(await arriveLate(answer => ({ fetch: () => answer }))).toBe(true);
  });

  it('isn’t touched if the platform’s fetch was used: it was aborted', async () => {
    const isCancelled = await arriveLate(answer => {
      globalThis.fetch = () => answer;
      return {};
    });
    expect(isCancelled).toBe(false);
  });
});

// A cancelled body makes a worker in Firefox miss the abort. The behaviours in `spec/conformance` show this.
describe('a response to the platform’s fetch', () => {
  const { fetch: platformFetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = platformFetch;
  });

  it.each(REFUSALS)('is only aborted if it is refused by %s', async (_by, type, options) => {
    const { order, fetch } = recorded(type);
    globalThis.fetch = fetch;
    await observe(fromEventSource(URL, { reconnect: false, ...options })).failed();
    expect(order).toEqual(['abort']);
  });

  it('is only aborted if you unsubscribe when it opens', async () => {
    const { order, fetch } = recorded('text/event-stream');
    globalThis.fetch = fetch;
    await observe(fromEventSourceLifecycle(URL).pipe(takeWhile(({ kind }) => kind !== 'open'))).completed();
    expect(order).toEqual(['abort']);
  });

  it('is only aborted if the stream pauses when it opens', async () => {
    const { order, fetch } = recorded('text/event-stream');
    globalThis.fetch = fetch;
    const connectWhile = new BehaviorSubject(true);
    const pauseAtOpen = tap<EventSourceLifecycle>(({ kind }) => kind === 'open' && connectWhile.next(false));
    const steps = fromEventSourceLifecycle(URL, { connectWhile }).pipe(pauseAtOpen);
    await observe(steps.pipe(takeWhile(({ kind }) => kind !== 'paused'))).completed();
    expect(order).toEqual(['abort']);
  });

  it('is only aborted if the stream is renewed when it opens', async () => {
    const { order, fetch } = recorded('text/event-stream');
    globalThis.fetch = fetch;
    const renew = new Subject<void>();
    let opened = 0;
    const renewAtOpen = tap<EventSourceLifecycle>(({ kind }) => kind === 'open' && ++opened === 1 && renew.next());
    const steps = fromEventSourceLifecycle(URL, { renew }).pipe(renewAtOpen);
    await observe(steps.pipe(takeWhile(({ kind }) => kind !== 'open' || opened < 2))).completed();
    expect(order).toEqual(['abort', 'abort']);
  });
});

it('doesn’t call `headers` after unsubscribing at `connecting`', async () => {
  const headers = jest.fn(() => ({}));
  const { fetch } = recorded('text/event-stream');
  const steps = fromEventSourceLifecycle(URL, { fetch, headers });
  await observe(steps.pipe(takeWhile(({ kind }) => kind !== 'connecting'))).completed();
  expect(headers).not.toHaveBeenCalled();
});
