import { afterEach, describe, expect, it } from '@jest/globals';
import { type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { observe } from '../support/observe.js';

const refuse = () => {
  throw new RangeError('refused');
};

/** A `fetch`, and what became of its request, in order. */
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
  ['its type', 'text/plain', {}],
  ['`validate`', 'text/event-stream', { validate: refuse }],
];

describe('an answer that is refused', () => {
  it.each(REFUSALS)(
    'by %s is cancelled, and then aborted: of what is aborted nothing is left to cancel',
    async (_by, type, options) => {
      const { order, fetch } = recorded(type);
      await observe(fromEventSource(URL, { fetch, reconnect: false, ...options })).failed();
      expect(order).toEqual(['cancel', 'abort']);
    },
  );
});

// A cancelled body makes a worker in Firefox miss the abort: the behaviours of `spec/conformance` see it there.
describe('an answer to the platform’s fetch', () => {
  const { fetch: platformFetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = platformFetch;
  });

  it.each(REFUSALS)('that is refused by %s is only aborted', async (_by, type, options) => {
    const { order, fetch } = recorded(type);
    globalThis.fetch = fetch;
    await observe(fromEventSource(URL, { reconnect: false, ...options })).failed();
    expect(order).toEqual(['abort']);
  });
});
