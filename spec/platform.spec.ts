import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fromEventSource } from '../src/index.js';
import * as ofNode from '../src/platform.node.js';
import * as ofWorkerd from '../src/platform.workerd.js';
import { observe } from './support/observe.js';
import { SseServer } from './support/sse-server.js';

describe('the platform code for engines other than browsers', () => {
  it('requests a fresh response with a header as well, unless a cache mode or a header is given', () => {
    const headers = { accept: 'text/event-stream' };
    expect(ofNode.platformInit({ cache: 'no-store', headers })).toEqual({
      cache: 'no-store',
      headers: { ...headers, 'cache-control': 'no-cache' },
    });
    expect(ofNode.platformInit({ cache: 'default', headers })).toEqual({ cache: 'default', headers });
    const own = { cache: 'no-store', headers: { 'cache-control': 'max-age=0' } } as const;
    expect(ofNode.platformInit(own)).toEqual(own);
  });

  it('omits the cache mode in workerd, which once rejected it', () => {
    expect(ofWorkerd.platformInit({ cache: 'no-store', headers: {} })).toEqual({
      headers: { 'cache-control': 'no-cache' },
    });
    expect(ofWorkerd.platformInit({ cache: 'reload', headers: {} })).toEqual({ cache: 'reload', headers: {} });
  });

  describe('a header', () => {
    const { Headers: own } = globalThis;
    afterEach(() => {
      globalThis.Headers = own;
    });

    it('holds bytes as characters', () => {
      expect(ofNode.headerValue('\xc3\xbc\xe2\x82\xac')).toBe('\xc3\xbc\xe2\x82\xac');
    });

    it('holds the text if the engine encodes it as UTF-8 itself', () => {
      globalThis.Headers = jest.fn() as unknown as typeof Headers;
      expect(ofNode.headerValue('\xc3\xbc\xe2\x82\xac')).toBe('ü€');
      expect(ofNode.headerValue('\xef\xbb\xbfa')).toBe('\ufeffa');
      expect(ofNode.headerValue('order-17')).toBe('order-17');
    });
  });
});

describe('a request that the engine accepts but cannot send, such as a GET with a body in Bun', () => {
  const { Request: own } = globalThis;
  let server: SseServer;
  beforeEach(async () => {
    server = await SseServer.start();
    globalThis.Request = jest.fn() as unknown as typeof Request;
  });
  afterEach(() => {
    globalThis.Request = own;
    return server.close();
  });

  it.each(['GET', 'get', 'HEAD', undefined])('is a final error, and is not sent (%s)', async method => {
    const options = { body: 'x', ...(method !== undefined && { method }) };
    const error = await observe(fromEventSource(server.url, options)).failed();
    expect(error).toMatchObject({ name: 'EventSourceError', retryable: false, cause: { name: 'TypeError' } });
    expect(server.exchanges).toHaveLength(0);
  });
});
