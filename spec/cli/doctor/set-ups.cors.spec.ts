import { afterEach, describe, expect, it } from '@jest/globals';
import type { DoctorOptions } from '../../../src/cli/doctor/doctor.js';
import { type Exchange, SseServer } from '../../support/sse-server.js';
import { application } from './application.js';
import { examine, findingOf, wrongIn } from './examine.js';

let server: SseServer | undefined;
afterEach(() => server?.close());

const start = async (handler: (exchange: Exchange) => void) => (server = await SseServer.start(handler));

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
  ['everything isn’t reported', allowOrigin, allowAll, []],
  [
    'everything with wildcards isn’t reported',
    { 'access-control-allow-origin': '*' },
    { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
    [],
  ],
  [
    'nothing is a problem',
    {},
    {},
    [/missing in the stream/, /missing in the preflight/, /last-event-id, so each reconnect/],
  ],
  ['everything except Last-Event-ID is a problem', allowOrigin, allowOrigin, [/doesn’t allow last-event-id/]],
  [
    'only another origin is a problem',
    { 'access-control-allow-origin': 'https://b.example' },
    allowAll,
    [/is "https:\/\/b.example"/],
  ],
  [
    'Authorization only with a wildcard is a problem',
    allowOrigin,
    { ...allowOrigin, 'access-control-allow-headers': '*' },
    [/doesn’t allow authorization/],
    { Authorization: 'x' },
  ],
  [
    'no cookies is a problem if they are sent',
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
  ])('nothing, because it %s the preflight, is a problem', async (_how, status) => {
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
