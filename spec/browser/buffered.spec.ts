import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { EventSourceOptions } from '../../src/index.js';
import { inPage, lifecycleInPage } from '../support/in-page.js';
import { answerNext, isEvent } from '../support/numbered-stream.js';
import { observe, ofKind } from '../support/observe.js';
import { pageAssets, useChromium } from '../support/page.js';
import { SseServer } from '../support/sse-server.js';

/** Responds by path. Leaves requests marked with `ngsw-bypass` to the browser, like Angular's own service worker. */
const SERVICE_WORKER = `
  oninstall = () => skipWaiting();
  onactivate = event => event.waitUntil(clients.claim());
  onfetch = event => {
    const { request } = event;
    const { pathname, search } = new URL(request.url);
    if (request.headers.has('ngsw-bypass') || /[?&]ngsw-bypass(?:[=&]|$)/i.test(search)) return;
    const answer = {
      '/passed-on': () => fetch(request),
      '/buffered': async () => {
        const response = await fetch(request);
        return new Response(await response.text(), response);
      },
      '/without-body': async () => new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
      '/failed': async () => Response.error(),
    }[pathname];
    if (answer) event.respondWith(answer());
  };`;

/** Loads cross-fetch like a bundler does for a browser without `fetch`: it then works over XMLHttpRequest. */
const CROSS_FETCH = `{
  const { fetch } = globalThis;
  globalThis.fetch = undefined;
  const module = { exports: {} };
  (function (module, exports) {
    ${readFileSync(createRequire(import.meta.url).resolve('cross-fetch/dist/browser-ponyfill.js'), 'utf8')}
  })(module, module.exports);
  Object.assign(globalThis, { fetch, crossFetch: module.exports.fetch });
}`;

declare global {
  /** Only in a page that has loaded cross-fetch. */
  var crossFetch: typeof fetch;
}

describe('a response that may not stream', () => {
  const chromium = useChromium();
  let server: SseServer;
  let page: Page;
  beforeEach(async () => {
    server = await SseServer.start(exchange => answerNext(exchange), {
      ...pageAssets(),
      '/service-worker.js': { type: 'text/javascript', body: SERVICE_WORKER },
    });
    ({ page } = await chromium.openPage(server.origin));
  });
  afterEach(() => server.close());

  describe('of a service worker', () => {
    beforeEach(() =>
      page.evaluate(async () => {
        const controlled = new Promise(resolve => {
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
        });
        await navigator.serviceWorker.register('/service-worker.js');
        await controlled;
      }),
    );

    const connect = (url: string, options: EventSourceOptions = {}) =>
      observe(lifecycleInPage(page, url, { reconnect: { delay: 1 }, ...options }));

    it('streams if the worker passes it on, also after a reconnect, and the server sees the teardown', async () => {
      const stream = connect('/passed-on');
      await stream.find(ofKind('event'));
      (await server.exchange(0)).cut();
      await stream.find(isEvent('2'));
      stream.subscription.unsubscribe();
      await server.idle();
      expect(server.exchanges).toHaveLength(2);
    });

    it('arrives whole if the worker buffers it to its end', async () => {
      const stream = connect('/buffered', { reconnect: false });
      (await server.exchange(0)).end('data: last\n\n');
      const kinds = (await stream.completed()).map(({ kind }) => kind);
      expect(kinds).toEqual(['connecting', 'open', 'event', 'event', 'closed']);
    });

    it('times out after `connectTimeout` if the worker buffers one without an end', async () => {
      const stream = connect('/buffered', { connectTimeout: 100, reconnect: false });
      expect(await stream.failed()).toMatchObject({
        name: 'EventSourceTimeoutError',
        message: "The stream didn't open within 100 ms (connectTimeout): /buffered",
      });
    });

    it.each<[string, string, EventSourceOptions, string]>([
      ['a header', '/buffered', { headers: { 'ngsw-bypass': 'true' } }, ''],
      ['the query', '/buffered?ngsw-bypass=true', {}, ''],
      ['the query, next to the position', '/buffered?ngsw-bypass', { lastEventIdParam: 'after' }, '&after=1'],
    ])('bypasses a worker that honours `ngsw-bypass` in %s', async (_where, url, options, position) => {
      const stream = connect(url, options);
      await stream.find(ofKind('event'));
      (await server.exchange(0)).cut();
      await stream.find(isEvent('2'));
      stream.subscription.unsubscribe();
      await server.idle();
      expect(server.exchanges.map(({ request }) => request.url)).toEqual([url, url + position]);
    });

    it('is a stream that ends at once if it has no body, without a busy loop', async () => {
      const stream = connect('/without-body', { reconnect: { delay: 1, factor: 1, jitter: 0, count: 2 } });
      const once = ['connecting', 'open', 'waiting'];
      const kinds = (await stream.completed()).map(({ kind }) => kind);
      expect(kinds).toEqual([...once, ...once, 'connecting', 'open', 'closed']);
    });

    it('is a ConnectionError if the worker fails', async () => {
      expect(await connect('/failed', { reconnect: false }).failed()).toMatchObject({
        name: 'ConnectionError',
        message: 'The request failed: /failed',
      });
    });
  });

  describe('of another fetch', () => {
    beforeEach(() => page.addScriptTag({ content: CROSS_FETCH }));

    const refusal = { name: 'EventSourceError', retryable: false };

    it('is never requested if that is cross-fetch over XMLHttpRequest, given or global [pitfall 39]', async () => {
      const streams = [
        inPage(page, () => rxSse.fromEventSource('/stream', { fetch: crossFetch })),
        inPage(page, () => {
          globalThis.fetch = crossFetch;
          return rxSse.fromEventSource('/stream');
        }),
      ];
      for (const stream of streams) {
        expect(await observe(stream).failed()).toMatchObject({
          ...refusal,
          message: expect.stringMatching(
            /^This `fetch` is a polyfill over XMLHttpRequest and doesn't stream: set the option/,
          ),
        });
      }
      expect(server.exchanges).toHaveLength(0);
    });

    // Nothing reveals that this is cross-fetch before it responds.
    const wrapped = (options: EventSourceOptions) =>
      inPage(
        page,
        options =>
          rxSse.fromEventSource('/stream', { ...options, fetch: (url, init: RequestInit) => crossFetch(url, init) }),
        options,
      );

    it('is rejected if it arrives complete and nothing streams [pitfall 39]', async () => {
      const stream = observe(wrapped({}));
      (await server.exchange(0)).end();
      expect(await stream.failed()).toMatchObject({
        ...refusal,
        message: expect.stringMatching(/^This `fetch` returned no body that streams: set the option/),
        url: `${server.origin}/stream`,
      });
    });

    it('times out after `connectTimeout` if the fetch waits for the end of an endless one [pitfall 39]', async () => {
      const stream = observe(wrapped({ connectTimeout: 100, reconnect: false }));
      expect(await stream.failed()).toMatchObject({ name: 'EventSourceTimeoutError' });
      await server.idle();
    });

    it.each([null, undefined])('is rejected if its body is %s', async body => {
      const stream = inPage(
        page,
        body =>
          rxSse.fromEventSource('/stream', {
            fetch: async (url: string, init: RequestInit) => {
              const { status, headers } = await fetch(url, init);
              return { status, headers, url, body };
            },
          }),
        body,
      );
      expect(await observe(stream).failed()).toMatchObject({ ...refusal, url: '/stream' });
      await server.idle();
    });
  });
});
