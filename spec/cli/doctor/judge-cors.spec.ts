import { describe, expect, it } from '@jest/globals';
import { type CorsFacts, judgeCors } from '../../../src/cli/doctor/judging/judge-cors.js';
import { answerOf } from './facts-of.js';

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
  preflight: preflight({ ...allow, 'access-control-allow-headers': 'last-event-id' }),
};
const hop = (headers: Record<string, string>) => ({ from: 'http://a/1', status: 301, to: 'http://a/2', headers });
const withCookies = preflight({ ...credentials, 'access-control-allow-headers': 'last-event-id' });

describe('judgeCors', () => {
  it.each<[string, Partial<CorsFacts>, string, RegExp]>([
    ['all', {}, 'note', /but not with cookies/],
    ['cookies as well', { answer: answerOf(credentials) }, 'ok', /with cookies/],
    [
      'cookies that are sent',
      { headers: { Cookie: 'a=b' }, answer: answerOf(credentials), preflight: withCookies },
      'ok',
      /with cookies/,
    ],
    [
      'cookies from a star',
      {
        headers: { cookie: 'a' },
        answer: answerOf({ ...credentials, 'access-control-allow-origin': '*' }),
        preflight: withCookies,
      },
      'problem',
      /is "\*"/,
    ],
    ['a redirect without', { hops: [hop({})] }, 'problem', /missing in the redirect at http:\/\/a\/1/],
    ['a redirect with', { hops: [hop(allow)] }, 'note', /may read it/],
    ['PUT without', { method: 'PUT' }, 'problem', /doesn’t allow PUT/],
    [
      'PUT with',
      {
        method: 'PUT',
        preflight: preflight({
          ...allow,
          'access-control-allow-headers': 'last-event-id',
          'access-control-allow-methods': 'GET, PUT',
        }),
      },
      'note',
      /may read it/,
    ],
    ['no answer', { preflight: { failure: { code: 'TIMEOUT', message: 'Late.' } } }, 'problem', /no answer: Late/],
    ['nothing', { preflight: {} }, 'problem', /no answer\./],
    ['a redirect of the preflight', { preflight: preflight(allow, 308) }, 'problem', /redirected \(308\)/],
    ['a refusal', { preflight: preflight(allow, 403) }, 'problem', /refused \(403\)/],
  ])('%s', (_what, facts, verdict, says) => {
    expect(judgeCors({ ...good, ...facts })).toEqual([
      expect.objectContaining({ check: 'cors', verdict, says: expect.stringMatching(says) }),
    ]);
  });
});
