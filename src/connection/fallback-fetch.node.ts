import type { FetchLike } from './fetch-like.js';

/**
 * What stands in for a missing `globalThis.fetch`: cross-fetch, in Node. It is loaded when it is first needed, so that no one
 * else pays for it.
 */
export const fallbackFetch: FetchLike | undefined = async (url, init: RequestInit) => {
  const { default: fetch } = await import('cross-fetch');
  return fetch(url, init);
};
