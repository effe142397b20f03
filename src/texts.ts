// What errors say, in development and in Node. A page in production loads `texts.production.ts` in its place, which says the same in a few words:
// `imports` in package.json chooses. The classes and properties of errors are the same everywhere.

const WHAT_TO_PASS = 'pass one that streams as the option `fetch` (in React Native, that of expo/fetch)';

export const NO_TRANSFORM =
  'Expected `TransformStream`, but this engine has none: read chunks with `createEventStreamParser`';
export const NO_BODY = `\`fetch\` gave no body that streams: ${WHAT_TO_PASS}`;
export const BODY_SENT = 'A body that is a stream cannot be sent again';
export const BODY_OF_GET = 'A GET or HEAD request has no body';
export const UNSENDABLE = 'The request cannot be sent';
export const LOST = 'The connection was lost';
export const TRUNCATED = 'The stream ended before its last event (isLast)';
export const ENDED = 'The server ended the stream';
export const NO_POSITION = 'Expected a string or undefined from `position`';

/** What an answer that the page may not see has for a status (Fetch § 2.2.6). */
const OPAQUE = "0 (an opaque answer, by `mode: 'no-cors'` or `redirect: 'manual'`)";

/** What is wrong with a `fetch`, if anything is. Of one that never streams, a page in production is not told. */
export function faultOf(fetch: object | undefined): string | undefined {
  if (!fetch) return `There is no \`fetch\`: ${WHAT_TO_PASS}`;
  // Over XMLHttpRequest the answer comes when the stream has ended: it would be waited for in vain. These two marks are those
  // of whatwg-fetch, React Native's own fetch, and cross-fetch; in Node, where the latter streams, there is no XMLHttpRequest.
  const { polyfill, ponyfill } = fetch as { polyfill?: unknown; ponyfill?: unknown };
  return (polyfill || ponyfill) && typeof XMLHttpRequest === 'function'
    ? `This \`fetch\` is a polyfill over XMLHttpRequest and doesn't stream: ${WHAT_TO_PASS}`
    : undefined;
}

export const noRequest = (name: string): string => `Expected { url, init } or null from \`${name}\``;

/** To a page, a refusal by CORS looks like a server that is gone; the browser says which it was, but to its console alone. */
export const failed = (url: string): string =>
  typeof location === 'object' && /^https?:/.test(url) && !url.startsWith(`${location.origin}/`)
    ? 'The request failed (another origin: the console says if CORS refused it)'
    : 'The request failed';

export const wrongStatus = (status: number): string => `Expected status 200, but got ${status || OPAQUE}`;

export const wrongType = (expected: readonly string[] | undefined, contentType: string | null): string =>
  `Expected Content-Type ${expected?.join(' or ') ?? 'that `accept` takes'}, but got ${JSON.stringify(contentType)}`;

export const silent = (limit: number, least: number | undefined): string =>
  least === undefined
    ? `No byte came within ${limit} ms (idleTimeout)`
    : `No byte came within ${limit} ms (idleTimeout 'auto': three times the longest pause so far, ${least} ms at least)`;

export const notOpen = (timeout: number): string => `The stream did not open within ${timeout} ms (connectTimeout)`;

export const noWait = (name: string, wait: unknown): string =>
  `Expected milliseconds, 0 or more, as the answer for the option \`${name}\`, but got ${String(wait)}`;

export const noAnswer = (name: string): string =>
  `Expected a value from the Observable of \`${name}\`, but it was empty`;

export const storeFailed = (method: 'get' | 'set'): string => `\`${method}\` of the LastEventIdStore failed`;

export const noId = (answer: unknown): string => `Expected an id, but got a ${typeof answer}`;

export const noChunk = (chunk: unknown): string => `Expected chunks of bytes or text, but got a ${typeof chunk}`;

export const tooLarge = (what: 'line' | 'event', most: number, length: number): string =>
  `Expected no ${what} of more than ${most} characters (maxEventSize), but one of at least ${length} came`;
