import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { pageAssets, useChromium } from '../support/page.js';
import { type Exchange, SseServer } from '../support/sse-server.js';

const chromium = useChromium();
let server: SseServer;
let other: SseServer;
/** Another host, and not only another port, because cookies ignore ports. */
let elsewhere: string;
/** The headers with which the other origin allows requests of the first origin's pages. */
let allowed: Record<string, string>;

beforeEach(async () => {
  server = await SseServer.start(undefined, pageAssets());
  allowed = {
    'access-control-allow-origin': server.origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': 'authorization, last-event-id, x-api-key, content-type',
    'access-control-allow-methods': 'POST',
  };
  other = await SseServer.start(exchange => {
    if (exchange.request.method === 'OPTIONS') exchange.refuse(204, allowed);
    else exchange.open(allowed).send('data: from elsewhere\n\n');
  });
  elsewhere = `http://localhost:${other.port}/stream`;
});
afterEach(() => Promise.all([server.close(), other.close()]));

/** The options that are plain data, and so can be passed to a page. */
interface Options extends Pick<RequestInit, 'method' | 'credentials' | 'redirect'> {
  body?: string;
  headers?: Record<string, string>;
  lastEventId?: string;
  lastEventIdParam?: string;
}

/** Subscribes in a page, and returns the outcome: the first event’s data, or the error. */
async function subscribe(options: Options, cookies: Parameters<BrowserContext['addCookies']>[0] = []) {
  const { page, context } = await chromium.openPage(server.origin);
  await context.addCookies(cookies);
  return page.evaluate(options => {
    const { fromEventSource, rxjs } = rxSse;
    return rxjs.firstValueFrom(
      fromEventSource('/stream', { reconnect: false, ...options }).pipe(
        rxjs.map(event => ({ data: event.data })),
        rxjs.catchError((error: unknown) => {
          const { name, retryable, status, headers } = error as InstanceType<typeof rxSse.ResponseStatusError>;
          return rxjs.of({ name, retryable, status, location: (headers as Headers | undefined)?.get('location') });
        }),
      ),
    );
  }, options);
}

const redirect = async (index: number, status: number, location = elsewhere): Promise<Exchange> => {
  const exchange = await server.exchange(index);
  exchange.refuse(status, { location });
  return exchange;
};

const headers = { authorization: 'Bearer a', 'x-api-key': 'b' };

describe('a redirect to another origin, in Chromium', () => {
  it('drops Authorization, and keeps other headers and the position if that origin allows them', async () => {
    const outcome = subscribe({ headers, lastEventId: '7' });
    const { request: first } = await redirect(0, 302);
    expect(first.headers).toMatchObject({ ...headers, 'last-event-id': '7' });
    expect(await outcome).toEqual({ data: 'from elsewhere' });
    const [preflight, request] = other.exchanges.map(exchange => exchange.request);
    expect(preflight?.method).toBe('OPTIONS');
    expect(preflight?.headers['access-control-request-headers']).toBe('last-event-id,x-api-key');
    expect(request?.headers).toMatchObject({ 'last-event-id': '7', 'x-api-key': 'b' });
    expect(request?.headers).not.toHaveProperty('authorization');
  });

  it('fails to connect if that origin doesn’t allow the headers, and sends only their names', async () => {
    delete allowed['access-control-allow-headers'];
    const outcome = subscribe({ headers, lastEventId: '7' });
    await redirect(0, 302);
    expect(await outcome).toMatchObject({ name: 'ConnectionError', retryable: true });
    expect(other.exchanges.map(exchange => exchange.request.method)).toEqual(['OPTIONS']);
    expect(other.exchanges[0]?.request.headers).not.toHaveProperty('x-api-key');
  });

  it('needs no preflight without headers, and drops a position in the query', async () => {
    const outcome = subscribe({ lastEventId: '7', lastEventIdParam: 'from' });
    const { request } = await redirect(0, 302);
    expect(request.url).toBe('/stream?from=7');
    expect(await outcome).toEqual({ data: 'from elsewhere' });
    expect(other.exchanges.map(exchange => `${exchange.request.method} ${exchange.request.url}`)).toEqual([
      'GET /stream',
    ]);
  });

  it.each([
    ['same-origin', 'to the same host', '127.0.0.1', undefined],
    ['include', 'to the same host', '127.0.0.1', 'own=1'],
    ['include', 'to another host', 'localhost', undefined],
  ] as const)(
    'with the credentials mode %s, %s, sends only the cookies of that host',
    async (credentials, _, host, cookie) => {
      const outcome = subscribe({ credentials }, [{ name: 'own', value: '1', url: server.origin }]);
      const { request } = await redirect(0, 302, `http://${host}:${other.port}/stream`);
      expect(request.headers.cookie).toBe('own=1');
      expect(await outcome).toEqual({ data: 'from elsewhere' });
      expect(other.exchanges[0]?.request.headers.cookie).toBe(cookie);
    },
  );

  it.each([307, 308])('with status %i, keeps the method and body of a POST', async status => {
    const outcome = subscribe({ method: 'POST', body: 'prompt', headers: { 'content-type': 'text/plain' } });
    await redirect(0, status);
    const exchange = await other.exchange(0);
    expect(exchange.request.method).toBe('POST');
    expect(await exchange.body()).toBe('prompt');
    expect(await outcome).toEqual({ data: 'from elsewhere' });
  });
});

describe('the option `redirect`, in Chromium', () => {
  it('set to error, makes a redirect a failure to connect, and sends nothing to its target', async () => {
    const outcome = subscribe({ redirect: 'error' });
    await redirect(0, 302);
    expect(await outcome).toMatchObject({ name: 'ConnectionError', retryable: true });
    expect(other.exchanges).toEqual([]);
  });

  it('set to manual, makes a redirect a final refusal without a location, and sends nothing to its target', async () => {
    const outcome = subscribe({ redirect: 'manual' });
    await redirect(0, 302);
    expect(await outcome).toEqual({ name: 'ResponseStatusError', retryable: false, status: 0, location: null });
    expect(other.exchanges).toEqual([]);
  });
});

it('Chromium follows 20 redirects in a row, and then fails to connect', async () => {
  const outcome = subscribe({});
  for (let index = 0; index <= 20; index++) await redirect(index, 302, '/again');
  expect(await outcome).toMatchObject({ name: 'ConnectionError', retryable: true });
  expect(server.exchanges).toHaveLength(21);
});
