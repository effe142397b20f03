import type { Failure, HopFacts, ReachFacts } from '../facts.js';
import { type ConnectionOptions, openConnection } from './open-connection.js';
import { type Answer, sendRequest, type WireRequest } from './send-request.js';
import { failureOf } from './within.js';

const MAX_HOPS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that aren't sent to another origin. */
const SECRETS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The result of a request. */
export interface Followed {
  readonly url: URL;
  readonly reach: ReachFacts;
  readonly hops: readonly HopFacts[];
  readonly lostHop?: HopFacts;
  /** The caller must close it. */
  readonly answer?: Answer;
  readonly failure?: Failure;
}

/** Sends a request and follows up to five redirects, each on its own connection. It never rejects. */
export async function followRedirects(first: WireRequest, options: ConnectionOptions): Promise<Followed> {
  const hops: HopFacts[] = [];
  for (let request = first; ;) {
    const { url } = request;
    const connection = await openConnection(url, options);
    const { reach } = connection;
    if (!connection.socket) return { url, reach, hops };
    let answer: Answer;
    try {
      answer = await sendRequest(connection, request, options);
    } catch (error) {
      return { url, reach, hops, failure: failureOf(error) };
    }
    const { status, headers } = answer.facts;
    if (!REDIRECTS.has(status) || headers['location'] === undefined) return { url, reach, hops, answer };

    answer.close();
    const to = URL.canParse(headers['location'], url) ? new URL(headers['location'], url) : undefined;
    const hop = { from: shownUrl(url), status, to: to ? shownUrl(to) : headers['location'], headers };
    if (!to || !/^https?:$/.test(to.protocol) || hops.length === MAX_HOPS) {
      return { url, reach, hops, lostHop: hop };
    }
    hops.push(hop);
    request = redirected(request, to, status);
  }
}

/** Returns the request after a redirect, as the Fetch standard defines it. */
function redirected({ url, method, headers, body }: WireRequest, to: URL, status: number): WireRequest {
  const isKept = (name: string) => name !== 'host' && (to.origin === url.origin || !SECRETS.has(name));
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : method === 'POST' && status < 303;
  if (!becomesGet) return { url: to, method, headers: kept, body };
  const withoutBody = Object.fromEntries(Object.entries(kept).filter(([name]) => !name.startsWith('content-')));
  return { url: to, method: 'GET', headers: withoutBody, body: undefined };
}

/** Removes the user and the password from a URL. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}
