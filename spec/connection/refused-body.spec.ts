import { describe, expect, it } from '@jest/globals';
import { type EventSourceOptions, fromEventSource } from '../../src/index.js';
import { observe } from '../support/observe.js';

const refuse = () => {
  throw new RangeError('refused');
};

describe('an answer that is refused', () => {
  it.each<[string, string, EventSourceOptions]>([
    ['its type', 'text/plain', {}],
    ['`validate`', 'text/event-stream', { validate: refuse }],
  ])(
    'by %s is cancelled, and then aborted: of what is aborted nothing is left to cancel',
    async (_by, type, options) => {
      const order: string[] = [];
      const fetch = (_url: string, { signal }: { readonly signal: AbortSignal }) => {
        signal.addEventListener('abort', () => order.push('abort'));
        const body = new ReadableStream({ cancel: () => void order.push('cancel') });
        return Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
      };
      await observe(fromEventSource('http://localhost/', { fetch, reconnect: false, ...options })).failed();
      expect(order).toEqual(['cancel', 'abort']);
    },
  );

  // A cancelled body makes a worker in Firefox miss the abort: the behaviours of `spec/conformance` see it there.
  it('is only aborted if the platform’s fetch got it', async () => {
    const order: string[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = (_url, init) => {
      init?.signal?.addEventListener('abort', () => order.push('abort'));
      const body = new ReadableStream({ cancel: () => void order.push('cancel') });
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/plain' } }));
    };
    try {
      await observe(fromEventSource('http://localhost/', { reconnect: false })).failed();
    } finally {
      globalThis.fetch = fetch;
    }
    expect(order).toEqual(['abort']);
  });
});
