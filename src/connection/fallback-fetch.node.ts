import type { FetchLike } from './fetch-like.js';

/** Replaces a missing `globalThis.fetch` in Node with cross-fetch. It's loaded on first use. */
export const fallbackFetch: FetchLike | undefined = async (url, init: RequestInit) => {
  const { default: fetch } = await import('cross-fetch');
  return fetch(url, init);
};
