import type { FetchLike } from './fetch-like.js';

/** Outside of Node, nothing replaces a missing `globalThis.fetch`. */
export const fallbackFetch: FetchLike | undefined = undefined;
