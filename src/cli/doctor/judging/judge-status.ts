import type { AnswerFacts, HopFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { counted, quoted } from './words.js';

type Words = readonly [says: string, cure: string];

const REFUSALS: Readonly<Record<number, Words>> = {
  401: [
    '401: you are not signed in.',
    'Send a token: -H "Authorization: Bearer …". EventSource can’t; fetch-based clients can.',
  ],
  403: ['403: access is forbidden.', 'Check the token and its permissions, and the firewall in front of the server.'],
  404: ['404: there is nothing at that path.', 'Correct the path, or the route in the proxy.'],
  405: ['405: the path doesn’t accept that method.', 'Use another method: -X POST, or GET.'],
  406: ['406: the server can’t send text/event-stream.', 'Have the route produce text/event-stream.'],
  429: ['429: too many requests.', 'Wait, open fewer connections, or raise the limit.'],
  500: ['500: the application failed.', 'Check its log.'],
  502: [
    '502: the proxy got no valid response from the application.',
    'Start the application, or correct the upstream in the proxy.',
  ],
  503: ['503: the service isn’t available.', 'Check whether the application runs, or is overloaded.'],
  504: [
    '504: the application didn’t respond to the proxy in time.',
    'Have the application send the headers at once, or raise the timeout of the proxy (nginx: proxy_read_timeout).',
  ],
  524: ['524: the application didn’t respond to Cloudflare in time.', 'Have the application send the headers at once.'],
};

/** Checks the status, and the redirects. */
export function judgeStatus(
  answer: Pick<AnswerFacts, 'status' | 'headers'>,
  hops: readonly HopFacts[],
  method = 'GET',
): Finding {
  const { status, headers } = answer;
  const check = 'status';
  const retryAfter = headers['retry-after'];
  const facts = { status, ...(hops.length > 0 && { redirects: redirectsOf(hops) }), ...(retryAfter && { retryAfter }) };
  const [says, cure] = wordsFor(status, method);
  if (status !== 200) {
    const wait = retryAfter === undefined ? '' : ` The server asks you to wait (Retry-After: ${quoted(retryAfter)}).`;
    return {
      check,
      verdict: 'problem',
      says: `${says}${wait}${hops.length === 0 ? '' : ` This is after ${redirects(hops)}`}`,
      cure,
      facts,
    };
  }
  if (hops.length === 0) return { check, verdict: 'ok', says: '200.', facts };
  return { check, verdict: 'note', says: `200, after ${redirects(hops)}`, cure: redirectCure(hops), facts };
}

/** A redirect that can't be followed. */
export function judgeLostHop(lost: HopFacts, hops: readonly HopFacts[]): Finding {
  const isTooMany = /^https?:/.test(lost.to);
  return {
    check: 'status',
    verdict: 'problem',
    says: isTooMany
      ? `There are more than ${hops.length} redirects. The last one is ${lost.status} to ${lost.to}.`
      : `${lost.status} redirects to ${quoted(lost.to)}, which isn’t HTTP.`,
    cure: isTooMany ? 'Look for a loop in the redirects, such as http to https and back.' : 'Correct the redirect.',
    facts: { status: lost.status, redirects: redirectsOf([...hops, lost]) },
  };
}

function wordsFor(status: number, method: string): Words {
  if (status === 204) {
    return [
      '204: the server tells clients not to reconnect.',
      'Respond with 200 as long as there is a stream, even if it has no events yet. After a 204, clients stop for good.',
    ];
  }
  if (status === 405) return [`405: the path doesn’t accept ${method}.`, REFUSALS[405]?.[1] ?? ''];
  const known = REFUSALS[status];
  if (known) return known;
  if (status >= 500) return [`${status}: the server failed.`, 'Check its log.'];
  if (status >= 400) return [`${status}: the server refuses the request.`, 'Check the URL, the headers and the body.'];
  return [`${status}: a stream needs 200.`, 'Respond with 200.'];
}

function redirects(hops: readonly HopFacts[]): string {
  const way = hops.map(({ status, to }) => `${status} to ${to}`).join(', ');
  return `${counted(hops.length, 'redirect')}: ${way}.`;
}

function redirectCure(hops: readonly HopFacts[]): string {
  const isForGood = hops.every(({ status }) => status === 301 || status === 308);
  const each =
    'each reconnect follows the redirects again, and headers such as Authorization aren’t sent to another origin.';
  return isForGood ? `Use the last URL: ${each}` : `If the target is always the same, use it: ${each}`;
}

const redirectsOf = (hops: readonly HopFacts[]) => hops.map(({ from, status, to }) => ({ from, status, to }));
