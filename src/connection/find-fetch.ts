import { fallbackFetch } from '#fetch';
import { EventSourceError } from '../errors.js';
import type { FetchLike } from './fetch-like.js';

const WHAT_TO_PASS = 'pass one that streams as the option `fetch`, in React Native that of expo/fetch';

/** The transport of an attempt: the given one, the platform's, or the fallback for Node without one. */
export function findFetch(given: FetchLike | undefined): FetchLike {
  const fetch = given ?? (globalThis.fetch as typeof globalThis.fetch | undefined) ?? fallbackFetch;
  if (!fetch) throw new EventSourceError(`Expected a \`fetch\`, but there is none: ${WHAT_TO_PASS}`);
  // Over XMLHttpRequest the answer comes when the stream has ended: it would be waited for in vain. These two marks are those
  // of whatwg-fetch, React Native's own fetch, and cross-fetch; in Node, where the latter streams, there is no XMLHttpRequest.
  const { polyfill, ponyfill } = fetch as { polyfill?: unknown; ponyfill?: unknown };
  if ((polyfill || ponyfill) && typeof XMLHttpRequest === 'function') {
    throw new EventSourceError(
      `Expected a \`fetch\` that streams, but got a polyfill over XMLHttpRequest: ${WHAT_TO_PASS}`,
    );
  }
  return fetch;
}

export const noStream = (url: string) =>
  new EventSourceError(`Expected a body that streams, but \`fetch\` gave none: ${WHAT_TO_PASS}`, {
    url,
  });
