import { NO_BODY } from '#texts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fromEventSource, fromEventSourceLifecycle } from '../../src/index.js';
import { findFetch } from '../../src/connection/find-fetch.js';
import { fallbackFetch as noFallback } from '../../src/connection/fallback-fetch.js';
import { itChecked } from '../support/checked.js';
import { observe, ofKind } from '../support/observe.js';
import { SseServer } from '../support/sse-server.js';

describe('findFetch', () => {
  const platform = globalThis.fetch;
  const scope = globalThis as { fetch: unknown; XMLHttpRequest?: unknown };
  afterEach(() => {
    scope.fetch = platform;
    delete scope.XMLHttpRequest;
  });

  it('returns the given `fetch`, or else the current one of the platform', () => {
    const given = () => Promise.reject(new Error());
    expect(findFetch(given)).toBe(given);
    expect(findFetch(undefined)).toBe(platform);
    scope.fetch = given;
    expect(findFetch(undefined)).toBe(given);
  });

  it('falls back to cross-fetch in Node without `fetch`, for the whole life of a stream', async () => {
    scope.fetch = undefined;
    const server = await SseServer.start();
    try {
      const stream = observe(fromEventSourceLifecycle(server.url, { reconnect: { delay: 0 } }));
      (await server.exchange(0)).open().end('id: 1\ndata: x\n\n');
      const again = await server.exchange(1);
      expect(again.request.headers).toMatchObject({
        'user-agent': expect.stringContaining('node-fetch'),
        'last-event-id': '1',
      });
      again.open();
      await stream.find(item => item.kind === 'open' && item.resumedFrom === '1');
      expect(stream.values.filter(ofKind('open'))).toHaveLength(2);
      stream.subscription.unsubscribe();
      await again.gone();
    } finally {
      await server.close();
    }
  });

  it('has no fallback elsewhere', () => {
    expect(noFallback).toBeUndefined();
  });

  itChecked.each(['polyfill', 'ponyfill'])(
    'refuses a %s based on XMLHttpRequest with a clear error, instead of waiting forever [pitfall 39]',
    async mark => {
      const fetch = Object.assign(() => new Promise<Response>(() => undefined), { [mark]: true });
      // Without XMLHttpRequest, the mark means nothing: cross-fetch also sets it in Node.
      expect(findFetch(fetch)).toBe(fetch);
      scope.XMLHttpRequest = () => undefined;
      const error = (await observe(fromEventSource('http://host', { fetch })).failed()) as Error;
      expect(error.name).toBe('EventSourceError');
      expect(error.message).toContain('XMLHttpRequest');
      expect(error.message).toContain('option `fetch`');
    },
  );

  it.each([null, undefined, 'text', {}])(
    'refuses a response whose body is %p instead of a stream, and says what to pass [pitfall 39]',
    async body => {
      const headers = new Headers({ 'content-type': 'text/event-stream' });
      const fetch = () => Promise.resolve({ status: 200, url: '', headers, body });
      const error = (await observe(fromEventSource('http://host/s?token=secret', { fetch })).failed()) as Error;
      expect(error.name).toBe('EventSourceError');
      expect(error.message).toBe(`${NO_BODY}: http://host/s`);
    },
  );
});
