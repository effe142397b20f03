import type { DoctorOptions } from '../doctor-options.js';
import type { Facts } from '../facts.js';
import { isEventStream } from '../is-event-stream.js';
import { isOtherOrigin } from '../is-other-origin.js';
import { followRedirects, shownUrl } from './follow-redirects.js';
import { measurePreflight } from './measure-preflight.js';
import { measureResume } from './measure-resume.js';
import type { ConnectionOptions } from './open-connection.js';
import type { WireRequest } from './send-request.js';
import { watchStream } from './watch-stream.js';

/**
 * Connects, watches, connects again from the middle, and sends a preflight as a browser would. Everything is closed
 * when the Promise fulfills.
 */
export async function measure(options: DoctorOptions, signal: AbortSignal): Promise<Facts> {
  const request = requestOf(options);
  const bounds = { limit: options.watch, signal, isInsecure: options.isInsecure };

  const { url, answer, failure, ...way } = await followRedirects(request, bounds);
  const reached = { url: shownUrl(options.url), finalUrl: shownUrl(url), ...way };
  if (!answer) {
    const isHeld = failure?.code === 'TIMEOUT' && options.method === 'GET';
    const isHeldByCompression = isHeld && (await answersUncompressed(request, bounds));
    return {
      ...reached,
      ...(failure && { answerFailure: failure }),
      isHeldByCompression,
      isAborted: signal.aborted,
    };
  }
  if (!isEventStream(answer.facts)) {
    answer.close();
    return { ...reached, answer: answer.facts, isAborted: signal.aborted };
  }

  const stream = await watchStream(answer, bounds);
  // A second POST could repeat the effect of the first one.
  const resume = options.method === 'GET' ? await measureResume(request, stream, bounds) : undefined;
  const preflight = isOtherOrigin(options) ? await measurePreflight(request, options.origin, bounds) : undefined;
  return {
    ...reached,
    answer: answer.facts,
    stream,
    ...(resume && { resume }),
    ...(preflight && { preflight }),
    isAborted: signal.aborted,
  };
}

/** Whether a response comes without compression. */
async function answersUncompressed(request: WireRequest, bounds: ConnectionOptions): Promise<boolean> {
  const headers = { ...request.headers, 'accept-encoding': 'identity' };
  const { answer } = await followRedirects({ ...request, headers }, bounds);
  answer?.close();
  return answer !== undefined;
}

/** Returns the request of a browser, with the headers of the user. */
function requestOf({ url, method, headers, body, origin }: DoctorOptions): WireRequest {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    url,
    method,
    headers: {
      accept: 'text/event-stream',
      'accept-encoding': 'gzip, deflate, br',
      'cache-control': 'no-cache',
      'user-agent': 'rx-sse doctor',
      ...(origin !== undefined && { origin }),
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...(Object.fromEntries(given) as Record<string, string>),
    },
    body,
  };
}
