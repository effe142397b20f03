import { describe, expect, it } from '@jest/globals';
import { type CorsFacts, judgeCors, judgeRefusalCors } from '../../../src/cli/doctor/judging/judge-cors.js';
import type { ResumeFacts } from '../../../src/cli/doctor/facts.js';
import { answerOf, eventsOf } from './facts-of.js';

const origin = 'https://app.example';
const allow = { 'access-control-allow-origin': origin };
const credentials = { ...allow, 'access-control-allow-credentials': 'true' };
const preflight = (headers: Record<string, string>, status = 204) => ({ answer: answerOf(headers, { status }) });
const good: CorsFacts = {
  origin,
  method: 'GET',
  headers: {},
  answer: answerOf(allow),
  hops: [],
  events: [],
  resume: undefined,
  preflight: preflight({ ...allow, 'access-control-allow-headers': 'last-event-id' }),
};
const hop = (headers: Record<string, string>) => ({ from: 'http://a/1', status: 301, to: 'http://a/2', headers });
const withCookies = preflight({ ...credentials, 'access-control-allow-headers': 'last-event-id' });

describe('judgeCors', () => {
  it.each<[string, Partial<CorsFacts>, string, RegExp]>([
    ['permission to read the stream, but not with cookies', {}, 'note', /but not with cookies/],
    ['permission to read the stream with cookies', { answer: answerOf(credentials) }, 'ok', /with cookies/],
    [
      'permission for cookies that are sent',
      { headers: { Cookie: 'a=b' }, answer: answerOf(credentials), preflight: withCookies },
      'ok',
      /with cookies/,
    ],
    [
      'a wildcard for cookies that are sent',
      {
        headers: { cookie: 'a' },
        answer: answerOf({ ...credentials, 'access-control-allow-origin': '*' }),
        preflight: withCookies,
      },
      'problem',
      /is "\*"/,
    ],
    ['a redirect without permission', { hops: [hop({})] }, 'problem', /missing in the redirect at http:\/\/a\/1/],
    ['a redirect with permission', { hops: [hop(allow)] }, 'note', /can read the stream/],
    ['a PUT that the preflight doesn’t allow', { method: 'PUT' }, 'problem', /doesn’t allow PUT/],
    [
      'a PUT that the preflight allows',
      {
        method: 'PUT',
        preflight: preflight({
          ...allow,
          'access-control-allow-headers': 'last-event-id',
          'access-control-allow-methods': 'GET, PUT',
        }),
      },
      'note',
      /can read the stream/,
    ],
    [
      'a preflight that fails',
      { preflight: { failure: { code: 'TIMEOUT', message: 'Late.' } } },
      'problem',
      /no response: Late/,
    ],
    ['a preflight without a response', { preflight: {} }, 'problem', /no response\./],
    ['a preflight that is redirected', { preflight: preflight(allow, 308) }, 'problem', /redirected \(308\)/],
    ['a preflight that is refused', { preflight: preflight(allow, 403) }, 'problem', /refused \(403\)/],
  ])('judges %s', (_what, facts, verdict, says) => {
    expect(judgeCors({ ...good, ...facts })).toEqual([
      expect.objectContaining({ check: 'cors', verdict, says: expect.stringMatching(says) }),
    ]);
  });
});

describe('judgeCors, about the response header Last-Event-ID', () => {
  const expose = (names: string) => ({ ...allow, 'access-control-expose-headers': names });
  const said = { 'last-event-id': '8' };
  const events = eventsOf(['1', '2', '3']);
  const resumed = (headers: Record<string, string>, facts: Partial<ResumeFacts> = {}): ResumeFacts => ({
    sent: '2',
    reference: events,
    received: eventsOf(['3']),
    types: ['message'],
    answer: answerOf(headers),
    ms: 1,
    ...facts,
  });
  const refused = resumed(said, { answer: answerOf({ ...allow, ...said }, { status: 503 }) });
  const cookie = { headers: { cookie: 'a' }, answer: answerOf(credentials), preflight: withCookies };

  it.each<[string, Partial<CorsFacts>, ('warning' | 'note')[]]>([
    ['gets a warning if it is sent, but not exposed', { resume: resumed({ ...allow, ...said }) }, ['warning']],
    [
      'gets a warning if it is sent in the first response, but not exposed',
      { answer: answerOf({ ...allow, ...said }) },
      ['warning'],
    ],
    [
      'gets no finding if it is sent and exposed',
      { resume: resumed({ ...expose('Retry-After, LAST-EVENT-ID'), ...said }) },
      [],
    ],
    ['gets no finding if it is sent and exposed by a wildcard', { resume: resumed({ ...expose('*'), ...said }) }, []],
    [
      'gets a warning if it is sent with cookies, for which * is no wildcard',
      { ...cookie, resume: resumed({ ...credentials, ...expose('*'), ...said }) },
      ['warning'],
    ],
    ['gets a note if it isn’t sent yet, but the stream resumes', { resume: resumed(allow) }, ['note']],
    ['gets no finding if it isn’t sent yet, but exposed', { resume: resumed(expose('last-event-id')) }, []],
    ['gets a note if there are too few ids to resume', { resume: undefined }, ['note']],
    ['gets a note if the second connection is refused', { resume: refused }, ['note']],
    ['gets no finding if there are no ids', { events: eventsOf(['', '']) }, []],
    [
      'gets no finding if the server ignores the position',
      { resume: resumed(allow, { received: eventsOf(['1']) }) },
      [],
    ],
    ['gets no finding if an event reports the gap', { resume: resumed(allow, { types: ['gap'] }) }, []],
    [
      'gets a warning if other permissions are missing, too',
      { preflight: {}, resume: resumed({ ...allow, ...said }) },
      ['warning'],
    ],
  ])('%s', (_what, facts, verdicts) => {
    const found = judgeCors({ ...good, events, ...facts }).slice(1);
    const expected = verdicts.map(verdict => ({
      check: 'cors',
      verdict,
      says: expect.stringMatching(/Last-Event-ID.*hidden/),
      cure: expect.stringContaining('"Access-Control-Expose-Headers: Last-Event-ID"'),
    }));
    expect(found).toMatchObject(expected);
  });
});

describe('the response header Retry-After', () => {
  const wait = { 'retry-after': '120' };
  const exposed = { 'access-control-expose-headers': 'Retry-After' };
  const cookie = { cookie: 'a' };
  const refusal = (headers: Record<string, string>, status = 503) => answerOf(headers, { status });
  const says = 'A page can’t read the response header Retry-After of the 503: how long to wait stays hidden.';
  const allowing = `"Access-Control-Allow-Origin: ${origin}"`;
  const exposing = '"Access-Control-Expose-Headers: Retry-After"';
  const withCredentials = '"Access-Control-Allow-Credentials: true"';

  const unseen = (status: number) =>
    `A page can’t see the ${status}: to the page, the connection failed, so it tries again.`;
  const warning = (received: Record<string, string>, cure: string, status = 503) => ({
    check: 'cors',
    verdict: 'warning',
    cure: `Send with the ${status}: ${cure}.`,
    facts: {
      status,
      retryAfter: status === 204 ? null : (received['retry-after'] ?? null),
      allowOrigin: received['access-control-allow-origin'] ?? null,
      exposeHeaders: received['access-control-expose-headers'] ?? null,
    },
  });

  it.each<[string, Record<string, string>, CorsFacts['headers']?]>([
    ['it isn’t exposed', { ...allow, ...wait }],
    ['only other headers are exposed', { ...allow, ...wait, 'access-control-expose-headers': 'Last-Event-ID' }],
    [
      'a wildcard exposes it, but there are cookies',
      { ...credentials, ...wait, 'access-control-expose-headers': '*' },
      cookie,
    ],
  ])('stays hidden if %s', (_what, received, headers = {}) => {
    expect(judgeRefusalCors({ origin, headers }, refusal(received))).toEqual([
      { ...warning(received, exposing), says },
    ]);
  });

  it.each<[string, Record<string, string>, string, number?, CorsFacts['headers']?]>([
    ['allows another origin', { ...wait, ...exposed, 'access-control-allow-origin': 'https://b' }, allowing],
    ['allows no origin', { ...wait, ...exposed }, allowing],
    ['allows and exposes nothing', wait, `${allowing} and ${exposing}`],
    ['allows no cookies', { ...allow, ...wait, ...exposed }, withCredentials, 503, cookie],
    ['allows nothing and has no Retry-After', {}, allowing, 401],
    ['allows no cookies and has no Retry-After', allow, withCredentials, 401, cookie],
    ['is a 204 that allows nothing', wait, allowing, 204],
  ])('stays hidden, like the whole refusal, if the refusal %s', (_what, received, cure, status = 503, headers = {}) => {
    expect(judgeRefusalCors({ origin, headers }, refusal(received, status))).toEqual([
      { ...warning(received, cure, status), says: unseen(status) },
    ]);
  });

  it.each<[string, Record<string, string>, number?, CorsFacts['headers']?]>([
    ['it is exposed', { ...allow, ...wait, 'access-control-expose-headers': 'Last-Event-ID, RETRY-AFTER' }],
    ['a wildcard exposes it', { 'access-control-allow-origin': '*', ...wait, 'access-control-expose-headers': '*' }],
    ['it is exposed with cookies', { ...credentials, ...wait, ...exposed }, 503, cookie],
    ['there is none', allow],
    ['the stream has one, because clients ignore it', wait, 200],
    ['a 204 has one, because clients stop', { ...allow, ...wait }, 204],
  ])('isn’t mentioned if %s', (_what, received, status = 503, headers = {}) => {
    expect(judgeRefusalCors({ origin, headers }, refusal(received, status))).toEqual([]);
  });

  it('is also checked in the response to a reconnect', () => {
    const resume: ResumeFacts = {
      sent: '2',
      reference: eventsOf(['1', '2', '3']),
      received: [],
      types: [],
      answer: refusal({ ...allow, ...wait }, 429),
      ms: 1,
    };
    expect(judgeCors({ ...good, resume }).slice(1)).toMatchObject([
      { check: 'cors', verdict: 'warning', says: says.replace('503', '429'), facts: { status: 429 } },
    ]);
  });

  it('is ignored in a preflight or a redirect, which a page never sees', () => {
    const refused = { ...good.preflight, ...preflight({ ...allow, ...wait }, 503) };
    const found = judgeCors({ ...good, hops: [hop({ ...allow, ...wait })], preflight: refused });
    expect(found.map(({ says }) => says)).toEqual([expect.stringContaining('The preflight (OPTIONS) is refused')]);
  });
});
