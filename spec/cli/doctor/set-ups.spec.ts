import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DoctorOptions } from '../../../src/cli/doctor/doctor.js';
import { freePort } from '../../../examples/chat/several/free-port.js';
import { type Exchange, SseServer } from '../../support/sse-server.js';
import { application, type Behaviour } from './application.js';
import { examine, findingOf, wrongIn } from './examine.js';

let server: SseServer | undefined;
afterEach(() => server?.close());

const start = async (handler: (exchange: Exchange) => void) => (server = await SseServer.start(handler));

/** A faulty stream: its description, its behaviour, what the doctor finds, and the text of the first finding. */
type SetUp = [what: string, behaviour: Behaviour, wrong: string[], says: RegExp];

/** Compresses the text, and keeps it until the buffer of the compressor is full, or flushes each text. */
const compressing =
  (isFlushed: boolean): NonNullable<Behaviour['writer']> =>
  exchange => {
    const gzip = createGzip();
    gzip.pipe(exchange.response);
    return text => {
      gzip.write(text);
      if (isFlushed) gzip.flush();
    };
  };
const gzipped = { headers: { 'content-encoding': 'gzip' } };
const bytes = 'x'.repeat(400);

/** Keeps text until a buffer of this size is full, as a proxy does. */
const buffering =
  (size: number): NonNullable<Behaviour['writer']> =>
  exchange => {
    let kept = '';
    return text => {
      kept += text;
      for (; kept.length >= size; kept = kept.slice(size)) exchange.send(kept.slice(0, size));
    };
  };

const SET_UPS: SetUp[] = [
  [
    'a gzip that is not flushed',
    { ...gzipped, writer: compressing(false) },
    ['compression: problem', 'heartbeats: warning'],
    /holds events back/,
  ],
  [
    'a gzip that is flushed',
    { ...gzipped, writer: compressing(true) },
    ['compression: warning'],
    /each event is flushed/,
  ],
  [
    'a buffer',
    { event: n => `id: ${n}\ndata: ${bytes}\n\n`, writer: buffering(4096) },
    ['buffering: problem'],
    /after 4096 bytes/,
  ],
  ['no ids', { event: n => `data: ${n}\n\n` }, ['ids: warning'], /none with an id/],
  ['one id for all', { event: n => `id: 1\ndata: ${n}\n\n` }, ['ids: warning'], /the same id/],
  ['ids that are ignored', { from: () => 1 }, ['resume: problem'], /starts over/],
  ['ids that resume with a loss', { from: (id = 0) => id + (id > 0 ? 3 : 1) }, ['resume: problem'], /leaves out/],
  ['ids that resume with a double', { from: (id = 1) => id }, ['resume: problem'], /sends earlier events again/],
  ['ids that resume with what is new', { from: (_, count) => count + 1 }, ['resume: problem'], /sends only new events/],
  ['nothing at all', { every: 0, heartbeats: 0 }, ['heartbeats: warning'], /Nothing arrived/],
  [
    'another charset',
    { headers: { 'content-type': 'text/event-stream; charset=latin1' } },
    ['content-type: warning'],
    /"latin1"/,
  ],
  ['a cache', { headers: { 'cache-control': 'max-age=60' } }, ['caching: warning'], /max-age=60/],
  ['a short retry', { event: n => `id: ${n}\nretry: 1\ndata: ${n}\n\n` }, ['retry: warning'], /1 ms/],
  ['a long retry', { event: n => `id: ${n}\nretry: 300000\ndata: ${n}\n\n` }, ['retry: warning'], /300 s/],
  ['JSON without `data:`', { event: n => `{"n":${n}}\n\n` }, ['events: problem'], /aren’t fields/],
  ['no empty lines', { event: n => `data: ${n}\n`, heartbeats: 0 }, ['events: problem'], /no empty line/],
];

describe('a stream with', () => {
  it.each(SET_UPS)('%s is detected, and nothing else is blamed', async (_what, behaviour, wrong, says) => {
    const { url } = await start(application(behaviour));
    const report = await examine(url);
    expect(wrongIn(report)).toEqual(wrong);
    expect(report.isHealthy).toBe(false);
    const finding = findingOf(report, wrong[0]?.split(':')[0] ?? '');
    expect(finding.says).toMatch(says);
    expect(finding.cure).toMatch(/\S/);
  });
});

/** A response in place of a stream: its description, its handler, the check that fails, and the text of the finding. */
type Answer = [what: string, answer: (exchange: Exchange) => void, wrong: string, says: RegExp];

const ANSWERS: Answer[] = [
  [
    'another type',
    exchange => exchange.refuse(200, { 'content-type': 'text/html' }, '<p>hello'),
    'content-type',
    /"text\/html"/,
  ],
  ['no type', exchange => exchange.refuse(200), 'content-type', /no Content-Type/],
  ['a 204', exchange => exchange.refuse(204), 'status', /not to reconnect/],
  ['a 404', exchange => exchange.refuse(404), 'status', /nothing at that path/],
  ['a 401', exchange => exchange.refuse(401), 'status', /not signed in/],
  ['a 429', exchange => exchange.refuse(429, { 'retry-after': '120' }), 'status', /"120"/],
  ['a 503', exchange => exchange.refuse(503), 'status', /isn’t available/],
  ['no headers', () => undefined, 'headers', /no headers arrived/],
  ['a cut', exchange => exchange.cut(), 'headers', /without a response/],
  ['an end at once', exchange => exchange.open({ 'cache-control': 'no-store' }).end(), 'end', /before any event/],
  [
    'a body whose length is known',
    exchange =>
      exchange.refuse(
        200,
        { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'content-length': '25' },
        'id: 1\nretry: 3000\ndata:\n\n',
      ),
    'buffering',
    /Content-Length/,
  ],
  [
    'redirects in a circle',
    exchange => exchange.refuse(302, { location: '/stream' }),
    'status',
    /more than 5 redirects/,
  ],
  ['a redirect to no HTTP', exchange => exchange.refuse(302, { location: 'ftp://x.invalid/' }), 'status', /isn’t HTTP/],
];

describe('a server that responds with', () => {
  it.each(ANSWERS)('%s is detected, and nothing else is blamed', async (_what, answer, check, says) => {
    const { url } = await start(answer);
    const report = await examine(url, { watch: 400 });
    expect(wrongIn(report)).toEqual([`${check}: problem`]);
    expect(findingOf(report, check).says).toMatch(says);
    expect(findingOf(report, check).cure).toMatch(/\S/);
  });

  it('a redirect is followed and reported', async () => {
    const stream = application();
    const { origin } = await start(exchange =>
      exchange.request.url === '/moved' ? exchange.refuse(301, { location: '/stream' }) : stream(exchange),
    );
    const report = await examine(`${origin}/moved`);
    expect(wrongIn(report)).toEqual([]);
    expect(findingOf(report, 'status')).toMatchObject({
      verdict: 'note',
      says: `200, after 1 redirect: 301 to ${origin}/stream.`,
      facts: { redirects: [{ from: `${origin}/moved`, status: 301, to: `${origin}/stream` }] },
    });
  });
});

describe('an unreachable server', () => {
  it('with an unknown host name is a DNS problem', async () => {
    const report = await examine('http://nowhere.invalid/stream');
    expect(wrongIn(report)).toEqual(['dns: problem']);
    expect(findingOf(report, 'connect')).toMatchObject({ verdict: 'skipped', says: 'No response arrived.' });
  });

  it('with nothing listening on its port is a connection problem', async () => {
    const report = await examine(`http://127.0.0.1:${await freePort()}/stream`);
    expect(wrongIn(report)).toEqual(['connect: problem']);
    expect(findingOf(report, 'connect').says).toMatch(/No server is listening/);
  });
});

/** The permissions for pages of another origin, and the findings about missing ones. */
type Permission = [
  what: string,
  stream: Record<string, string>,
  preflight: Record<string, string>,
  says: RegExp[],
  headers?: DoctorOptions['headers'],
];

const ORIGIN = 'https://app.example';
const allowOrigin = { 'access-control-allow-origin': ORIGIN };
const allowAll = { ...allowOrigin, 'access-control-allow-headers': 'Authorization, Last-Event-ID' };

const PERMISSIONS: Permission[] = [
  ['all', allowOrigin, allowAll, []],
  [
    'all, by a star',
    { 'access-control-allow-origin': '*' },
    { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
    [],
  ],
  ['nothing', {}, {}, [/missing in the stream/, /missing in the preflight/, /last-event-id, so each reconnect/]],
  ['all but Last-Event-ID', allowOrigin, allowOrigin, [/doesn’t allow last-event-id/]],
  ['another origin', { 'access-control-allow-origin': 'https://b.example' }, allowAll, [/is "https:\/\/b.example"/]],
  [
    'a header by a star',
    allowOrigin,
    { ...allowOrigin, 'access-control-allow-headers': '*' },
    [/doesn’t allow authorization/],
    { Authorization: 'x' },
  ],
  [
    'no cookies',
    allowOrigin,
    allowAll,
    [/Credentials is missing in the stream/, /Credentials is missing in the preflight/],
    { cookie: 'a=b' },
  ],
];

describe('CORS that allows', () => {
  it.each(PERMISSIONS)('%s', async (_what, headers, preflight, says, given = {}) => {
    const stream = application({ headers });
    const { url, exchanges } = await start(exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.refuse(204, preflight);
      else stream(exchange);
    });
    const report = await examine(url, { origin: `${ORIGIN}/`, headers: given });
    expect(wrongIn(report)).toEqual(says.map(() => 'cors: problem'));
    const found = report.findings.filter(({ check }) => check === 'cors');
    for (const [index, pattern] of says.entries()) expect(found[index]?.says).toMatch(pattern);
    const asked = exchanges.find(({ request }) => request.method === 'OPTIONS')?.request.headers;
    expect(asked).toMatchObject({ origin: ORIGIN, 'access-control-request-method': 'GET' });
    expect(asked).not.toHaveProperty('cookie');
    expect(asked).not.toHaveProperty('authorization');
  });

  it.each([
    ['refuses', 405],
    ['redirects', 307],
  ])('nothing, because it %s the preflight', async (_how, status) => {
    const stream = application({ headers: allowOrigin });
    const { url } = await start(exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.refuse(status, { ...allowAll, location: '/elsewhere' });
      else stream(exchange);
    });
    const report = await examine(url, { origin: ORIGIN });
    expect(wrongIn(report)).toEqual(['cors: problem']);
    expect(findingOf(report, 'cors').says).toContain(String(status));
  });

  /** Returns the findings about the response header `Last-Event-ID`. */
  const aboutGaps = async (first: Record<string, string>, second: Record<string, string>, origin = ORIGIN) => {
    const stream = application({ headers: first, from: (_, count) => count + 1 });
    const resumed = application({ headers: second, from: (_, count) => count + 1 });
    const { url } = await start(exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.refuse(204, allowAll);
      else (exchange.lastEventId === undefined ? stream : resumed)(exchange);
    });
    const report = await examine(url, { origin: origin === '' ? new URL(url).origin : origin });
    return report.findings.filter(({ says }) => says.includes('stays hidden'));
  };
  const gap = { ...allowOrigin, 'last-event-id': 'earlier' };

  it('the stream, but doesn’t expose Last-Event-ID, gets a warning', async () => {
    expect(await aboutGaps(allowOrigin, gap)).toMatchObject([{ check: 'cors', verdict: 'warning' }]);
  });

  it('the stream, and exposes Last-Event-ID, gets no warning', async () => {
    expect(await aboutGaps(allowOrigin, { ...gap, 'access-control-expose-headers': 'Last-Event-ID' })).toEqual([]);
  });

  it('nothing gets no warning for a page of the same origin', async () => {
    expect(await aboutGaps({}, { 'last-event-id': 'earlier' }, '')).toEqual([]);
  });

  /** Returns the findings for a server that refuses the first or the second stream with these headers. */
  const aboutWaits = async (
    headers: Record<string, string>,
    isFirst: boolean,
    options: Partial<DoctorOptions> = {},
  ) => {
    const stream = application({ headers: allowOrigin });
    const { url } = await start(exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.refuse(204, { ...allowAll, 'retry-after': '120' });
      else if (isFirst || exchange.lastEventId !== undefined) exchange.refuse(503, headers);
      else stream(exchange);
    });
    const report = await examine(url, { origin: ORIGIN, ...options });
    const found = report.findings.filter(({ says }) => says.includes('Retry-After') && says.includes('hidden'));
    return { wrong: wrongIn(report), found };
  };
  const busy = { ...allowOrigin, 'retry-after': '120' };
  const exposing = { 'access-control-expose-headers': 'Retry-After' };

  it('a page to read a 503, but not its Retry-After, gets a warning', async () => {
    const { wrong, found } = await aboutWaits(busy, true);
    expect(wrong).toEqual(['status: problem', 'cors: warning']);
    expect(found).toMatchObject([
      { check: 'cors', cure: `Send with the 503: "Access-Control-Expose-Headers: Retry-After".` },
    ]);
  });

  it.each([
    [401, true, ['status: problem', 'cors: warning']],
    [204, false, ['resume: problem', 'cors: warning']],
  ])('a page to read the stream, but not to see a %i, gets a warning', async (status, isFirst, wrong) => {
    const stream = application({ headers: allowOrigin });
    const { url } = await start(exchange => {
      if (exchange.request.method === 'OPTIONS') exchange.refuse(204, allowAll);
      else if (isFirst || exchange.lastEventId !== undefined) exchange.refuse(status);
      else stream(exchange);
    });
    const report = await examine(url, { origin: ORIGIN });
    expect(wrongIn(report)).toEqual(wrong);
    const [{ says, cure } = {}] = report.findings.filter(
      ({ verdict, check }) => verdict === 'warning' && check === 'cors',
    );
    expect(says).toContain(`can’t see the ${status}`);
    expect(cure).toBe(`Send with the ${status}: "Access-Control-Allow-Origin: ${ORIGIN}".`);
  });

  it('a page to read the stream, but not the Retry-After of a refused reconnect, gets a warning', async () => {
    const { wrong, found } = await aboutWaits(busy, false);
    expect(wrong).toEqual(['cors: warning']);
    expect(found).toMatchObject([{ check: 'cors', facts: { status: 503, retryAfter: '120', exposeHeaders: null } }]);
  });

  it.each<[string, Record<string, string>, boolean, Partial<DoctorOptions>?]>([
    ['a 503 that exposes it', { ...busy, ...exposing }, true],
    ['a refused reconnect that exposes it', { ...busy, ...exposing }, false],
    ['a 503 without it', allowOrigin, true],
    ['a refused reconnect without it', allowOrigin, false],
    ['a 503 without an --origin', busy, true, { origin: undefined }],
  ])(
    'a page to read Retry-After, or doesn’t need to, gets no warning: %s',
    async (_what, headers, isFirst, options = {}) => {
      const { wrong, found } = await aboutWaits(headers, isFirst, options);
      expect(wrong).toEqual(isFirst ? ['status: problem'] : []);
      expect(found).toEqual([]);
    },
  );
});
