// The error messages in development and in Node. In production, a page loads the short messages of
// `texts.production.ts` instead: `imports` in package.json selects the file. The classes and properties of errors are
// the same.

const WHAT_TO_PASS = 'set the option `fetch` to one that streams (in React Native, `fetch` from expo/fetch)';

export const NO_TRANSFORM = 'This engine has no `TransformStream`: read chunks with `createEventStreamParser`';
export const NO_BODY = `This \`fetch\` returned no body that streams: ${WHAT_TO_PASS}`;
export const BODY_SENT = 'A body that is a stream can be sent only once';
export const BODY_OF_GET = "A GET or HEAD request can't have a body";
export const UNSENDABLE = "The request can't be sent";
export const LOST = 'The connection was lost';
export const TRUNCATED = 'The stream ended before its last event (isLast)';
export const ENDED = 'The server ended the stream';
export const NO_POSITION = 'Expected `position` to return a string or undefined';

/** The status of a response that the page isn't allowed to read (Fetch § 2.2.6). */
const OPAQUE = "0 (an opaque response, because of `mode: 'no-cors'` or `redirect: 'manual'`)";

/** Returns what is wrong with a `fetch`, if anything. In production, a page only finds out that it's missing. */
export function faultOf(fetch: object | undefined): string | undefined {
  if (!fetch) return `There is no \`fetch\`: ${WHAT_TO_PASS}`;
  // With XMLHttpRequest, the response comes when the stream has ended, so it would never arrive. `polyfill` and
  // `ponyfill` mark whatwg-fetch, the `fetch` of React Native, and cross-fetch. In Node, cross-fetch streams, and there
  // is no XMLHttpRequest.
  const { polyfill, ponyfill } = fetch as { polyfill?: unknown; ponyfill?: unknown };
  return (polyfill || ponyfill) && typeof XMLHttpRequest === 'function'
    ? `This \`fetch\` is a polyfill over XMLHttpRequest and doesn't stream: ${WHAT_TO_PASS}`
    : undefined;
}

export const noRequest = (name: string): string => `Expected \`${name}\` to return { url, init } or null`;

/**
 * If CORS blocks a request, the page can't tell it from a failed connection. Only the browser's console shows the
 * reason.
 */
export const failed = (url: string): string =>
  typeof location === 'object' && /^https?:/.test(url) && !url.startsWith(`${location.origin}/`)
    ? 'The request failed (cross-origin: if CORS blocked it, the browser console says so)'
    : 'The request failed';

export const wrongStatus = (status: number): string => `Expected status 200, but got ${status || OPAQUE}`;

export const wrongType = (expected: readonly string[] | undefined, contentType: string | null): string =>
  `Expected Content-Type ${expected?.join(' or ') ?? 'to pass `accept`'}, but got ${JSON.stringify(contentType)}`;

export const silent = (limit: number, least: number | undefined): string =>
  least === undefined
    ? `No data for ${limit} ms (idleTimeout)`
    : `No data for ${limit} ms (idleTimeout 'auto': three times the longest pause so far, at least ${least} ms)`;

export const notOpen = (timeout: number): string => `The stream didn't open within ${timeout} ms (connectTimeout)`;

export const noWait = (name: string, wait: unknown): string =>
  `Expected \`${name}\` to return milliseconds, 0 or more, but got ${String(wait)}`;

export const noAnswer = (name: string): string => `The Observable of \`${name}\` completed without a value`;

export const storeFailed = (method: 'get' | 'set'): string => `\`${method}\` of the LastEventIdStore failed`;

export const noId = (answer: unknown): string => `Expected an id to be a string, but got ${typeof answer}`;

export const noChunk = (chunk: unknown): string => `Expected a chunk of bytes or text, but got ${typeof chunk}`;

export const tooLarge = (what: 'line' | 'event', most: number, length: number): string =>
  `Expected at most ${most} characters in ${what === 'line' ? 'a line' : 'an event'} (maxEventSize), but got at least ${length}`;
