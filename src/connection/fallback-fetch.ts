import type { FetchLike } from './fetch-like.js';

/** What stands in for a missing `globalThis.fetch`: nothing, outside of Node. */
export const fallbackFetch: FetchLike | undefined = undefined;
