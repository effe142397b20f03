import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventSourceOptions } from '../../src/index.js';
import { lifecycleInPage } from '../support/in-page.js';
import { answerNext, isEvent } from '../support/numbered-stream.js';
import { observe, ofKind } from '../support/observe.js';
import { type OpenedPage, pageAssets, useChromium } from '../support/page.js';
import { type Exchange, SseServer } from '../support/sse-server.js';
import { until } from '../support/until.js';

type HeaderRecord = Record<string, string>;

const ANYONE = { 'access-control-allow-origin': '*' };
const ONCE = { reconnect: { delay: 1, count: 1 } };

const isPreflight = ({ request }: Exchange) => request.method === 'OPTIONS';

describe('a cross-origin stream', () => {
  const chromium = useChromium();
  let home: SseServer;
  let server: SseServer;
  let opened: OpenedPage;
  /**
   * The responses of the server: the headers for a preflight, and the handler of a request. A test can replace both.
   */
  let preflightHeaders: HeaderRecord;
  let respond: (exchange: Exchange) => void;

  beforeEach(async () => {
    preflightHeaders = { ...ANYONE, 'access-control-allow-headers': 'last-event-id' };
    respond = exchange => answerNext(exchange, ANYONE);
    home = await SseServer.start(undefined, pageAssets());
    server = await SseServer.start(exchange =>
      isPreflight(exchange) ? exchange.refuse(204, preflightHeaders) : respond(exchange),
    );
    opened = await chromium.openPage(home.origin);
  });
  afterEach(() => Promise.all([home.close(), server.close()]));

  const connect = (options: EventSourceOptions = {}, url = server.url) =>
    observe(lifecycleInPage(opened.page, url, options));

  const requests = () => server.exchanges.map(({ request }) => `${request.method} ${request.url}`);

  it('is requested without a preflight, and with no headers but the browser’s own [pitfall 40]', async () => {
    await connect().find(ofKind('event'));
    const headers = Object.keys((await server.exchange(0)).request.headers);
    // The headers that the browser sends by itself. With `cache: 'no-store'`, it adds two more, which need no
    // permission.
    await opened.page.evaluate(url => fetch(url).then(response => response.body?.cancel()), server.url);
    const own = Object.keys((await server.exchange(1)).request.headers);
    expect(headers.sort()).toEqual([...own, 'cache-control', 'pragma'].sort());
    expect(requests()).toEqual(['GET /stream', 'GET /stream']);
  });

  it.each<[string, EventSourceOptions, string[]]>([
    // If a request bypasses the HTTP cache, Chromium also bypasses its cache of preflights.
    ['each time', {}, ['OPTIONS', 'GET', 'OPTIONS', 'GET']],
    ['with `cache: default`, only after Access-Control-Max-Age', { cache: 'default' }, ['OPTIONS', 'GET', 'GET']],
  ])('resumes after a preflight: %s [pitfall 40]', async (_when, options, methods) => {
    preflightHeaders['access-control-max-age'] = '600';
    const stream = connect({ ...options, reconnect: { delay: 1 } });
    for (const data of ['1', '2', '3']) {
      await stream.find(isEvent(data));
      server.exchanges.at(-1)?.cut();
    }
    const [first, ...later] = server.exchanges.slice(0, 1 + methods.length);
    expect(first?.request.method).toBe('GET');
    expect(later.map(({ request }) => request.method)).toEqual(methods);
    expect(later[0]?.request.headers['access-control-request-headers']).toBe('last-event-id');
    const resumed = later.filter(exchange => !isPreflight(exchange));
    expect(resumed.map(({ lastEventId }) => lastEventId)).toEqual(['1', '2']);
  });

  it('resumes without a preflight if `lastEventIdParam` is set [pitfall 40]', async () => {
    const stream = connect({ lastEventIdParam: 'after', reconnect: { delay: 1 } });
    await stream.find(ofKind('event'));
    (await server.exchange(0)).cut();
    await stream.find(isEvent('2'));
    expect(requests()).toEqual(['GET /stream', 'GET /stream?after=1']);
  });

  it.each<[string, EventSourceOptions, string]>([
    ['a header of the application', { headers: { authorization: 'Bearer x' } }, 'authorization'],
    ['a POST of JSON', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }, 'content-type'],
  ])('requests permission to send %s', async (_what, options, name) => {
    preflightHeaders['access-control-allow-headers'] = name;
    await connect(options).find(ofKind('event'));
    const method = options.method ?? 'GET';
    expect(requests()).toEqual(['OPTIONS /stream', `${method} /stream`]);
    expect((await server.exchange(0)).request.headers).toMatchObject({
      'access-control-request-method': method,
      'access-control-request-headers': name,
    });
    expect((await server.exchange(1)).request.headers).toHaveProperty(name);
  });

  describe('cookies', () => {
    it.each([
      [undefined, undefined, 'a=1'],
      ['omit', undefined, undefined],
      ['same-origin', undefined, 'a=1'],
      ['include', 'a=1', 'a=1'],
    ] as const)(
      'follow `credentials: %s`, both for the other origin and for the page’s own',
      async (credentials, elsewhere, atHome) => {
        await opened.context.addCookies([{ name: 'a', value: '1', url: home.origin }]);
        respond = exchange =>
          answerNext(exchange, {
            'access-control-allow-origin': exchange.request.headers.origin ?? '',
            'access-control-allow-credentials': 'true',
          });
        const options = credentials ? { credentials } : {};
        await connect(options).find(ofKind('event'));
        expect((await server.exchange(0)).request.headers.cookie).toBe(elsewhere);

        const sameOrigin = connect(options, '/stream');
        (await home.exchange(0)).open().send('data: a\n\n');
        await sameOrigin.find(ofKind('event'));
        expect((await home.exchange(0)).request.headers.cookie).toBe(atHome);
      },
    );
  });

  describe('refused by CORS or by the server', () => {
    it.each<[string, EventSourceOptions, (origin: string) => HeaderRecord]>([
      ['the response has no CORS header', {}, () => ({})],
      ['the response allows another origin', {}, origin => ({ 'access-control-allow-origin': `${origin}0` })],
      [
        'the response doesn’t allow credentials',
        { credentials: 'include' },
        origin => ({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'false' }),
      ],
      [
        'the response allows credentials, but with a wildcard',
        { credentials: 'include' },
        () => ({ ...ANYONE, 'access-control-allow-credentials': 'true' }),
      ],
      ['the preflight doesn’t allow a header', { headers: { 'x-app': 'a' } }, () => ANYONE],
      ['the preflight doesn’t allow the method', { method: 'PUT' }, () => ANYONE],
    ])('is a ConnectionError with the URL if %s', async (_by, options, headers) => {
      preflightHeaders = ANYONE;
      respond = exchange => exchange.open(headers(home.origin)).end();
      const stream = connect({ ...options, ...ONCE }, `${server.url}?token=secret`);
      const refused = {
        name: 'ConnectionError',
        message: `The request failed (cross-origin: if CORS blocked it, the browser console says so): ${server.url}`,
        url: server.url,
        retryable: true,
        cause: { name: 'TypeError', message: 'Failed to fetch' },
      };
      expect(await stream.find(ofKind('waiting'))).toMatchObject({ error: refused });
      expect(await stream.failed()).toMatchObject(refused);
      expect(requests()).toHaveLength(2);
    });

    it('leaves no connection open, though Chromium keeps reading for up to 5 s', async () => {
      respond = exchange => answerNext(exchange, {});
      expect(await connect({ reconnect: false }).failed()).toMatchObject({ name: 'ConnectionError' });
      await server.idle();
    });

    it('is explained only in the browser’s console: to the page, it looks like an unreachable server', async () => {
      const gone = await SseServer.start();
      const { origin, url } = gone;
      await gone.close();
      respond = exchange => answerNext(exchange, {});
      const [refused, unreachable] = (await Promise.all(
        [server.url, url].map(each => connect({ reconnect: false }, each).failed()),
      )) as [object, object];
      expect(JSON.stringify(refused)).toBe(JSON.stringify(unreachable).replaceAll(origin, server.origin));
      await until(() => opened.noise.some(line => line.includes('blocked by CORS policy')));
    });

    it('fails only at the reconnect if the preflight doesn’t allow the position', async () => {
      preflightHeaders = ANYONE;
      const stream = connect(ONCE);
      await stream.find(ofKind('event'));
      (await server.exchange(0)).end();
      expect(await stream.failed()).toMatchObject({ name: 'ConnectionError' });
      expect(requests()).toEqual(['GET /stream', 'OPTIONS /stream']);
    });

    it('reveals its status only with CORS headers', async () => {
      respond = exchange => exchange.refuse(401, exchange.index === 0 ? ANYONE : {}, 'no');
      expect(await connect().failed()).toMatchObject({ name: 'ResponseStatusError', status: 401, body: 'no' });
      expect(await connect(ONCE).failed()).toMatchObject({ name: 'ConnectionError' });
    });

    it.each([
      ['exposed', 'retry-after', 7000],
      ['not exposed', 'x-app', 1],
    ])('waits for Retry-After only if CORS exposes it: it is %s', async (_how, exposed, delay) => {
      const headers = { ...ANYONE, 'retry-after': '7', 'access-control-expose-headers': exposed };
      respond = exchange => exchange.refuse(503, headers);
      const stream = connect({ reconnect: { delay: 1, jitter: 0 } });
      expect(await stream.find(ofKind('waiting'))).toMatchObject({ delay, error: { status: 503 } });
    });
  });

  it('exposes to the page only the headers that the server exposes', async () => {
    respond = exchange =>
      answerNext(exchange, { ...ANYONE, 'x-room': '7', 'x-secret': 's', 'access-control-expose-headers': 'x-room' });
    const { headers } = await connect().find(ofKind('open'));
    expect(headers).toEqual({ 'content-type': 'text/event-stream', 'x-room': '7' });
  });

  it.each([
    ['exposed', 'last-event-id', [{ kind: 'gap', requested: '1', resumed: 'earliest' }]],
    ['not exposed', 'x-app', []],
  ])(
    'emits a gap for the Last-Event-ID of a response only if CORS exposes it: it is %s [pitfall 49]',
    async (_how, exposed, gaps) => {
      const headers = { ...ANYONE, 'access-control-expose-headers': exposed };
      respond = exchange => {
        const earliest: HeaderRecord = exchange.lastEventId === undefined ? {} : { 'last-event-id': 'earliest' };
        exchange
          .open({ ...headers, ...earliest })
          .send(exchange.lastEventId ? 'id: 7\ndata: 7\n\n' : 'id: 1\ndata: 1\n\n');
      };
      const stream = connect({ reconnect: { delay: 1 } });
      await stream.find(isEvent('1'));
      (await server.exchange(0)).cut();
      await stream.find(isEvent('7'));
      expect(stream.values.filter(ofKind('gap'))).toEqual(gaps);
      const steps = stream.values.map(({ kind }) => kind);
      expect(steps.slice(steps.lastIndexOf('open'))).toEqual(['open', ...gaps.map(() => 'gap'), 'event']);
    },
  );

  it('emits a gap after a 410, and is requested again without the position [pitfall 49]', async () => {
    respond = exchange => {
      if (exchange.lastEventId === '1') exchange.refuse(410, ANYONE);
      else exchange.open(ANYONE).send('id: 7\ndata: 7\n\n');
    };
    const stream = connect({ lastEventId: '1', reconnect: { delay: 1 } });
    await stream.find(isEvent('7'));
    expect(stream.values.filter(ofKind('gap'))).toEqual([{ kind: 'gap', requested: '1', resumed: '' }]);
    // A request without a position needs no preflight.
    expect(requests()).toEqual(['OPTIONS /stream', 'GET /stream', 'GET /stream']);
  });

  it('follows a redirect to a third origin, with the position but without the authorization', async () => {
    const allowed = { ...ANYONE, 'access-control-allow-headers': 'authorization, last-event-id' };
    preflightHeaders = allowed;
    const third = await SseServer.start(exchange =>
      isPreflight(exchange) ? exchange.refuse(204, allowed) : answerNext(exchange, ANYONE),
    );
    try {
      respond = exchange => exchange.refuse(307, { ...ANYONE, location: third.url });
      const stream = connect({ headers: { authorization: 'Bearer x' }, lastEventId: '1' });
      expect(await stream.find(ofKind('open'))).toMatchObject({ url: third.url, resumedFrom: '1' });
      await stream.find(isEvent('2'));
      const { headers } = third.exchanges[1]?.request ?? {};
      expect(headers).toMatchObject({ origin: 'null', 'last-event-id': '1' });
      expect(headers).not.toHaveProperty('authorization');
      expect(requests()).toEqual(['OPTIONS /stream', 'GET /stream']);
    } finally {
      await third.close();
    }
  });

  it('is refused in mode no-cors, because the page can’t read the response', async () => {
    respond = exchange => answerNext(exchange, {});
    const stream = connect({ mode: 'no-cors' });
    expect(await stream.failed()).toMatchObject({
      name: 'ResponseStatusError',
      message: `Expected status 200, but got 0 (an opaque response, because of \`mode: 'no-cors'\` or \`redirect: 'manual'\`): ${server.url}`,
      retryable: false,
      status: 0,
      body: '',
    });
    await server.idle();
  });
});
