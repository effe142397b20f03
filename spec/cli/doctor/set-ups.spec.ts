import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
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
    'gzip that isn’t flushed',
    { ...gzipped, writer: compressing(false) },
    ['compression: problem', 'heartbeats: warning'],
    /holds events back/,
  ],
  [
    'gzip that is flushed',
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
  ['the same id for all events', { event: n => `id: 1\ndata: ${n}\n\n` }, ['ids: warning'], /the same id/],
  ['ids that are ignored when it resumes', { from: () => 1 }, ['resume: problem'], /starts over/],
  [
    'ids that skip events when it resumes',
    { from: (id = 0) => id + (id > 0 ? 3 : 1) },
    ['resume: problem'],
    /leaves out/,
  ],
  [
    'ids that repeat an event when it resumes',
    { from: (id = 1) => id },
    ['resume: problem'],
    /sends earlier events again/,
  ],
  [
    'ids that skip to new events when it resumes',
    { from: (_, count) => count + 1 },
    ['resume: problem'],
    /sends only new events/,
  ],
  ['no data at all', { every: 0, heartbeats: 0 }, ['heartbeats: warning'], /Nothing arrived/],
  [
    'another charset',
    { headers: { 'content-type': 'text/event-stream; charset=latin1' } },
    ['content-type: warning'],
    /"latin1"/,
  ],
  ['permission to cache it', { headers: { 'cache-control': 'max-age=60' } }, ['caching: warning'], /max-age=60/],
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
    'another content type',
    exchange => exchange.refuse(200, { 'content-type': 'text/html' }, '<p>hello'),
    'content-type',
    /"text\/html"/,
  ],
  ['no content type', exchange => exchange.refuse(200), 'content-type', /no Content-Type/],
  ['a 204', exchange => exchange.refuse(204), 'status', /not to reconnect/],
  ['a 404', exchange => exchange.refuse(404), 'status', /nothing at that path/],
  ['a 401', exchange => exchange.refuse(401), 'status', /not signed in/],
  ['a 429', exchange => exchange.refuse(429, { 'retry-after': '120' }), 'status', /"120"/],
  ['a 503', exchange => exchange.refuse(503), 'status', /isn’t available/],
  ['no headers', () => undefined, 'headers', /no headers arrived/],
  ['a cut connection', exchange => exchange.cut(), 'headers', /without a response/],
  ['an immediate end', exchange => exchange.open({ 'cache-control': 'no-store' }).end(), 'end', /before any event/],
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
  [
    'a redirect to another protocol than HTTP',
    exchange => exchange.refuse(302, { location: 'ftp://x.invalid/' }),
    'status',
    /isn’t HTTP/,
  ],
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
