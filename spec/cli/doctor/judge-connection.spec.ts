import { describe, expect, it } from '@jest/globals';
import type { AnswerFacts, DnsFacts, Failure, TlsFacts } from '../../../src/cli/doctor/facts.js';
import { judgeCaching } from '../../../src/cli/doctor/judging/judge-caching.js';
import { judgeConnect } from '../../../src/cli/doctor/judging/judge-connect.js';
import { judgeContentType } from '../../../src/cli/doctor/judging/judge-content-type.js';
import { judgeDns } from '../../../src/cli/doctor/judging/judge-dns.js';
import { judgeHeaders } from '../../../src/cli/doctor/judging/judge-headers.js';
import { judgeHttpVersion } from '../../../src/cli/doctor/judging/judge-http-version.js';
import { judgeStatus } from '../../../src/cli/doctor/judging/judge-status.js';
import { judgeTls } from '../../../src/cli/doctor/judging/judge-tls.js';
import { answerOf } from './facts-of.js';

const failure = (code: string, message = code): Failure => ({ code, message });

describe('judgeDns', () => {
  const dns: DnsFacts = { host: 'a.example', isAddress: false, addresses: ['192.0.2.1', '2001:db8::1'], ms: 3.4 };
  it.each<[Partial<DnsFacts>, string, RegExp]>([
    [{}, 'ok', /^192.0.2.1, 2001:db8::1, in 3 ms.$/],
    [{ isAddress: true }, 'ok', /is an address/],
    [{ failure: failure('ENOTFOUND') }, 'problem', /The name a.example doesn’t exist/],
    [{ failure: failure('TIMEOUT', 'Nothing came.') }, 'problem', /Nothing came. \(TIMEOUT\)/],
  ])('for %j, returns %s', (facts, verdict, says) => {
    expect(judgeDns({ ...dns, ...facts })).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });
});

describe('judgeConnect', () => {
  it.each<[Failure | undefined, string, RegExp]>([
    [undefined, 'ok', /^192.0.2.1, port 80, in 20 ms.$/],
    [failure('ECONNREFUSED'), 'problem', /No server is listening at a.example, port 80/],
    [failure('TIMEOUT'), 'problem', /no response from a.example/],
    [failure('ENETUNREACH'), 'problem', /no route/],
    [failure('EOTHER', 'Strange'), 'problem', /Strange \(EOTHER\)/],
  ])('for the failure %j, returns %s', (failed, verdict, says) => {
    const facts = { host: 'a.example', port: 80, address: '192.0.2.1', ms: 20, ...(failed && { failure: failed }) };
    expect(judgeConnect(facts)).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });
});

describe('judgeTls', () => {
  const tls: TlsFacts = { host: 'a.example', ms: 30, protocol: 'TLSv1.3', alpn: 'h2', isTrusted: true };
  const distrusted = (distrust: string) => ({ isTrusted: false, distrust, validTo: 'May 1' });
  it.each<[Partial<TlsFacts>, boolean, string, RegExp]>([
    [{}, false, 'ok', /TLSv1.3, in 30 ms; the server chose h2/],
    [distrusted('DEPTH_ZERO_SELF_SIGNED_CERT'), false, 'problem', /self-signed/],
    [distrusted('DEPTH_ZERO_SELF_SIGNED_CERT'), true, 'note', /self-signed. This is ignored/],
    [distrusted('CERT_HAS_EXPIRED'), false, 'problem', /expired. It was valid until May 1/],
    [distrusted('ERR_TLS_CERT_ALTNAME_INVALID'), false, 'problem', /another name/],
    [distrusted('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), false, 'problem', /doesn’t send the certificate of its issuer/],
    [{ isTrusted: false }, false, 'problem', /isn’t trusted/],
    [distrusted('STRANGE'), false, 'problem', /STRANGE/],
    [{ failure: failure('EPROTO') }, true, 'problem', /doesn’t speak TLS/],
    [{ failure: failure('TIMEOUT') }, false, 'problem', /handshake failed/],
  ])('for %j, with isInsecure %s, returns %s', (facts, isInsecure, verdict, says) => {
    expect(judgeTls({ ...tls, ...facts }, isInsecure)).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });
});

describe('judgeHeaders', () => {
  it.each<[number | undefined, Failure | undefined, string, RegExp]>([
    [12, undefined, 'ok', /after 12 ms/],
    [4500, undefined, 'note', /after 4.5 s/],
    [undefined, failure('TIMEOUT'), 'problem', /no headers arrived/],
    [undefined, failure('ECONNRESET'), 'problem', /closed the connection/],
    [undefined, failure('HPE_INVALID_CONSTANT'), 'problem', /isn’t HTTP/],
    [undefined, failure('EOTHER', 'Strange'), 'problem', /Strange/],
    [undefined, undefined, 'problem', /No response/],
  ])('after %s ms, with the failure %j, returns %s', (ms, failed, verdict, says) => {
    const found = judgeHeaders(ms === undefined ? undefined : { ms }, failed);
    expect(found).toMatchObject({ verdict, says: expect.stringMatching(says) });
  });

  it('blames compression if headers arrive only without it', () => {
    expect(judgeHeaders(undefined, failure('TIMEOUT'), true).cure).toMatch(/no-transform/);
  });
});

describe('judgeHttpVersion', () => {
  const tls = { host: 'a', ms: 1, isTrusted: true };
  it.each<[AnswerFacts['httpVersion'], TlsFacts | undefined, string, string, RegExp]>([
    ['2', { ...tls, alpn: 'h2' }, '', 'ok', /^HTTP\/2, chosen by ALPN.$/],
    ['2', { ...tls, alpn: 'h2' }, 'h3=":443"', 'ok', /HTTP\/3 is offered/],
    ['1.1', tls, '', 'note', /HTTP\/1.1.*six connections/],
    ['1.0', undefined, '', 'note', /HTTP\/1.0.*six connections/],
  ])(
    'for HTTP/%s, with the TLS facts %j and the Alt-Svc header %j, returns %s',
    (httpVersion, tlsFacts, altSvc, verdict, says) => {
      const answer = answerOf({ 'alt-svc': altSvc }, { httpVersion });
      expect(judgeHttpVersion(answer, tlsFacts)).toMatchObject({ verdict, says: expect.stringMatching(says) });
    },
  );
});

describe('judgeStatus', () => {
  const hop = (status: number) => ({ from: 'http://a/1', status, to: 'http://a/2', headers: {} });
  it.each<[number, number[], string, RegExp, RegExp]>([
    [200, [], 'ok', /^200.$/, /^$/],
    [200, [301], 'note', /after 1 redirect: 301 to http:\/\/a\/2/, /^Use the last URL/],
    [200, [308, 301], 'note', /after 2 redirects/, /^Use the last URL/],
    [200, [302], 'note', /302/, /^If the target is always the same/],
    [200, [301, 307], 'note', /307/, /^If the target is always the same/],
    [204, [], 'problem', /not to reconnect/, /Respond with 200/],
    [205, [], 'problem', /205: a stream needs 200/, /Respond with 200/],
    [401, [], 'problem', /not signed in/, /Authorization/],
    [403, [], 'problem', /forbidden/, /permissions/],
    [404, [302], 'problem', /nothing at that path\. This is after 1 redirect: 302 to .*\.$/, /path/],
    [405, [], 'problem', /doesn’t accept POST/, /-X POST/],
    [418, [], 'problem', /418: the server refuses/, /Check/],
    [429, [], 'problem', /too many/, /limit/],
    [502, [], 'problem', /proxy/, /Start the application/],
    [599, [], 'problem', /599: the server failed/, /log/],
  ])('for %s after the redirects %j, returns %s', (status, hops, verdict, says, cure) => {
    const found = judgeStatus(answerOf({}, { status }), hops.map(hop), 'POST');
    expect(found).toMatchObject({ verdict, says: expect.stringMatching(says) });
    expect(found.cure ?? '').toMatch(cure);
  });
});

describe('judgeContentType', () => {
  it.each([
    ['text/event-stream', 'ok'],
    ['Text/Event-Stream; charset=UTF-8', 'ok'],
    ['text/event-stream; charset="utf-8"', 'ok'],
    ['text/event-stream; charset=iso-8859-1', 'warning'],
    ['text/event-streams', 'problem'],
    ['text/html; charset=utf-8', 'problem'],
    ['', 'problem'],
    [undefined, 'problem'],
  ])('for %j, returns %s', (contentType, verdict) => {
    expect(judgeContentType(contentType).verdict).toBe(verdict);
  });
});

describe('judgeCaching', () => {
  it.each<[Record<string, string>, string]>([
    [{ 'cache-control': 'no-store' }, 'ok'],
    [{ 'cache-control': 'private, No-Cache, no-transform' }, 'ok'],
    [{ 'cache-control': 'no-cache', age: '3' }, 'warning'],
    [{ 'cache-control': 'private' }, 'warning'],
    [{}, 'warning'],
  ])('for %j, returns %s', (headers, verdict) => {
    expect(judgeCaching(headers).verdict).toBe(verdict);
  });
});
