import type { AnswerFacts, TlsFacts } from '../facts.js';
import type { Finding } from '../finding.js';

const SIX = 'Browsers open at most six connections to an origin, across all tabs. A seventh stream waits.';

/** Checks the version of HTTP. */
export function judgeHttpVersion({ httpVersion, headers }: AnswerFacts, tls: TlsFacts | undefined): Finding {
  const check = 'http-version';
  const altSvc = headers['alt-svc'] ?? '';
  const facts = { httpVersion, ...(tls?.alpn !== undefined && { alpn: tls.alpn }), ...(altSvc && { altSvc }) };
  if (httpVersion === '2') {
    const http3 = /\bh3\b/.test(altSvc) ? ', and HTTP/3 is offered (Alt-Svc)' : '';
    return { check, verdict: 'ok', says: `HTTP/2, chosen by ALPN${http3}.`, facts };
  }
  return {
    check,
    verdict: 'note',
    says: `HTTP/${httpVersion}. ${SIX}`,
    cure: tls
      ? 'Offer HTTP/2 (nginx: listen 443 ssl http2; or, from 1.25.1, http2 on;).'
      : 'Serve it over https with HTTP/2: browsers only support that over TLS.',
    facts,
  };
}
