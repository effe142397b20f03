import type { PreflightFacts } from '../facts.js';
import { requestedHeaders } from '../requested-headers.js';
import { type ConnectionOptions, openConnection } from './open-connection.js';
import { sendRequest, type WireRequest } from './send-request.js';
import { failureOf } from './within.js';

/** Sends a preflight, as a browser does before a cross-origin request with `Last-Event-ID`. It never rejects. */
export async function measurePreflight(
  { url, method, headers }: WireRequest,
  origin: string,
  options: ConnectionOptions,
): Promise<PreflightFacts> {
  const connection = await openConnection(url, options);
  const { dns, tcp, tls } = connection.reach;
  const failure = dns.failure ?? tcp?.failure ?? tls?.failure;
  if (failure) return { failure };
  const preflight = {
    accept: '*/*',
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': requestedHeaders(headers).join(','),
  };
  try {
    const answer = await sendRequest(
      connection,
      { url, method: 'OPTIONS', headers: preflight, body: undefined },
      options,
    );
    answer.close();
    return { answer: answer.facts };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
