import crossFetch from 'cross-fetch';
import nodeFetch from 'node-fetch';
import type { FetchLike } from '../../src/index.js';

/** One transport of each kind: bodies with `getReader`, and Node streams that are only async-iterable. */
export const TRANSPORTS: [name: string, fetch: FetchLike][] = [
  ['native fetch', (url, init: RequestInit) => fetch(url, init)],
  ['cross-fetch', crossFetch],
  ['node-fetch', nodeFetch],
];
