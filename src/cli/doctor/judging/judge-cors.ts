import type { AnswerFacts, EventFacts, HeaderFacts, HopFacts, PreflightFacts, ResumeFacts } from '../facts.js';
import type { Finding } from '../finding.js';
import { isEventStream } from '../is-event-stream.js';
import { requestedHeaders } from '../requested-headers.js';
import { judgeResume } from './judge-resume.js';
import { quoted, shownFailure } from './words.js';

/** The input of `judgeCors`. */
export interface CorsFacts {
  readonly origin: string;
  readonly method: string;
  /** The headers that the user has set. */
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: AnswerFacts;
  readonly hops: readonly HopFacts[];
  readonly events: readonly EventFacts[];
  readonly resume: ResumeFacts | undefined;
  readonly preflight: PreflightFacts;
}

const SIMPLE_METHODS = new Set(['GET', 'HEAD', 'POST']);

/**
 * Checks whether a page of another origin may read the stream, including reconnects. Returns a finding for each missing
 * permission.
 */
export function judgeCors(given: CorsFacts): Finding[] {
  const { resume } = given;
  return [...ofAccess(given), ...ofGaps(given), ...(resume?.answer ? judgeRefusalCors(given, resume.answer) : [])];
}

/**
 * Checks whether a page of another origin can see a refusal, and read its `Retry-After` if it has one. A 204 counts as
 * one: a page that can't see it doesn't stop. Its `Retry-After` isn't read by clients.
 */
export function judgeRefusalCors(
  { origin, headers }: Pick<CorsFacts, 'origin' | 'headers'>,
  { status, headers: received }: AnswerFacts,
): Finding[] {
  if (status === 200) return [];
  const retryAfter = status === 204 ? undefined : received['retry-after'];
  const exposed = received['access-control-expose-headers'];
  const needsCredentials = hasCookie(headers);
  const toSee = [
    ...(allowsOrigin(received, origin, needsCredentials) ? [] : [`"Access-Control-Allow-Origin: ${origin}"`]),
    ...(allowsCredentials(received) || !needsCredentials ? [] : ['"Access-Control-Allow-Credentials: true"']),
  ];
  const isHidden = retryAfter !== undefined && !isExposed('retry-after', exposed, headers);
  const missing = [...toSee, ...(isHidden ? ['"Access-Control-Expose-Headers: Retry-After"'] : [])];
  if (missing.length === 0) return [];
  const says =
    toSee.length > 0
      ? `A page can’t see the ${status}: to the page, the connection failed, so it tries again.`
      : `A page can’t read the response header Retry-After of the ${status}: how long to wait stays hidden.`;
  return [
    {
      check: 'cors',
      verdict: 'warning',
      says,
      cure: `Send with the ${status}: ${missing.join(' and ')}.`,
      facts: {
        status,
        retryAfter: retryAfter ?? null,
        allowOrigin: received['access-control-allow-origin'] ?? null,
        exposeHeaders: exposed ?? null,
      },
    },
  ];
}

function ofAccess(given: CorsFacts): Finding[] {
  const { origin, headers, answer, hops, preflight } = given;
  const needsCredentials = hasCookie(headers);
  const responses: [string, HeaderFacts][] = [
    ['the stream', answer.headers],
    ...hops.map(hop => [`the redirect at ${hop.from}`, hop.headers] as [string, HeaderFacts]),
  ];
  const problems = [
    ...responses.flatMap(([what, received]) => ofOrigin(what, received, origin, needsCredentials)),
    ...ofPreflight(given, preflight, needsCredentials),
  ];
  const allowed = answer.headers['access-control-allow-origin'] ?? null;
  const facts = { origin, allowOrigin: allowed, preflight: preflight.answer?.status ?? null };
  if (problems.length > 0) return problems.map(words => ({ check: 'cors', verdict: 'problem', ...words, facts }));
  const hasCredentials = allowsCredentials(answer.headers) && allowed !== '*';
  const says = `A page of ${origin} can read the stream and resume it`;
  if (hasCredentials) return [{ check: 'cors', verdict: 'ok', says: `${says}, also with cookies.`, facts }];
  const cure = 'For cookies, send "Access-Control-Allow-Credentials: true" and the exact origin.';
  return [{ check: 'cors', verdict: 'note', says: `${says}, but not with cookies.`, cure, facts }];
}

/** Checks whether a page can read the header by which a server reports a gap. It matters only if the server resumes. */
function ofGaps({ headers, answer, events, resume }: CorsFacts): Finding[] {
  const { headers: received } = resume?.answer && isEventStream(resume.answer) ? resume.answer : answer;
  const exposed = received['access-control-expose-headers'];
  if (isExposed('last-event-id', exposed, headers)) return [];
  const check = 'cors';
  const facts = { exposeHeaders: exposed ?? null, lastEventId: received['last-event-id'] ?? null };
  const header = '"Access-Control-Expose-Headers: Last-Event-ID"';
  if (received['last-event-id'] !== undefined) {
    const says = 'A page can’t read the response header Last-Event-ID: a gap that the server reports stays hidden.';
    return [{ check, verdict: 'warning', says, cure: `Send with the stream: ${header}.`, facts }];
  }
  const reportsOtherwise = resume?.types.includes('gap') ?? false;
  const ignoresIds = resume !== undefined && judgeResume(resume).verdict === 'problem';
  if (reportsOtherwise || ignoresIds || events.every(({ id }) => id === '')) return [];
  const says = 'If the server reports a gap by the response header Last-Event-ID, it stays hidden from a page.';
  return [{ check, verdict: 'note', says, cure: `If it does, send with the stream: ${header}.`, facts }];
}

type Words = Pick<Finding, 'says' | 'cure'>;

/** The CORS check of the Fetch standard (§ 4.10). */
function ofOrigin(what: string, headers: HeaderFacts, origin: string, needsCredentials: boolean): Words[] {
  const allowed = headers['access-control-allow-origin'];
  const cure = `Send with ${what}: "Access-Control-Allow-Origin: ${origin}".`;
  if (allowed === undefined) return [{ says: `Access-Control-Allow-Origin is missing in ${what}.`, cure }];
  if (!allowsOrigin(headers, origin, needsCredentials)) {
    return [{ says: `Access-Control-Allow-Origin of ${what} is ${quoted(allowed)}, not ${origin}.`, cure }];
  }
  if (!needsCredentials || allowsCredentials(headers)) return [];
  const says = `Access-Control-Allow-Credentials is missing in ${what}, and you send a cookie.`;
  return [{ says, cure: `Send with ${what}: "Access-Control-Allow-Credentials: true".` }];
}

/** The preflight (Fetch § 4.8). A reconnect sends one because of `Last-Event-ID`. */
function ofPreflight(given: CorsFacts, { answer, failure }: PreflightFacts, needsCredentials: boolean): Words[] {
  const { origin, method, headers } = given;
  const names = requestedHeaders(headers);
  const allow = `Respond to OPTIONS with 204, "Access-Control-Allow-Origin: ${origin}" and "Access-Control-Allow-Headers: ${names.join(', ')}".`;
  if (!answer) {
    const why = failure ? `: ${shownFailure(failure)}` : '.';
    return [{ says: `The preflight (OPTIONS) got no response${why}`, cure: allow }];
  }
  if (answer.status >= 300 && answer.status < 400) {
    const cure = `Browsers don’t follow it. ${allow}`;
    return [{ says: `The preflight (OPTIONS) is redirected (${answer.status}).`, cure }];
  }
  if (answer.status < 200 || answer.status > 299) {
    const says = `The preflight (OPTIONS) is refused (${answer.status}). A reconnect sends Last-Event-ID, which requires a preflight.`;
    return [{ says, cure: allow }];
  }
  const allowed = listOf(answer.headers['access-control-allow-headers']);
  // `*` isn't a wildcard for `Authorization`, or with credentials.
  const isAllowed = (name: string, list: ReadonlySet<string>) =>
    list.has(name) || (list.has('*') && !needsCredentials && name !== 'authorization');
  const missing = names.filter(name => !isAllowed(name, allowed));
  const methods = listOf(answer.headers['access-control-allow-methods']);
  return [
    ...ofOrigin('the preflight', answer.headers, origin, needsCredentials),
    ...missing.map(name => ({
      says: `The preflight doesn’t allow ${name}${name === 'last-event-id' ? ', so each reconnect is refused' : ''}.`,
      cure: `Respond to OPTIONS with "Access-Control-Allow-Headers: ${names.join(', ')}".`,
    })),
    ...(SIMPLE_METHODS.has(method) || isAllowed(method.toLowerCase(), methods)
      ? []
      : [
          {
            says: `The preflight doesn’t allow ${method}.`,
            cure: `Respond to OPTIONS with "Access-Control-Allow-Methods: ${method}".`,
          },
        ]),
  ];
}

function allowsOrigin(headers: HeaderFacts, origin: string, needsCredentials: boolean): boolean {
  const allowed = headers['access-control-allow-origin'];
  return allowed === origin || (allowed === '*' && !needsCredentials);
}

const allowsCredentials = (headers: HeaderFacts) => headers['access-control-allow-credentials'] === 'true';

/** Whether a page can read the response header of this name, in lower case. With cookies, `*` isn't a wildcard. */
function isExposed(name: string, exposed: string | undefined, headers: CorsFacts['headers']): boolean {
  const names = listOf(exposed);
  return names.has(name) || (names.has('*') && !hasCookie(headers));
}

const listOf = (header: string | undefined): ReadonlySet<string> =>
  new Set(header?.split(',').map(name => name.trim().toLowerCase()));

const hasCookie = (headers: CorsFacts['headers']) => Object.keys(headers).some(name => name.toLowerCase() === 'cookie');
