import { faultOf, NO_BODY } from '#texts';
import { fallbackFetch } from '#fetch';
import { EventSourceError } from '../errors.js';
import type { FetchLike } from './fetch-like.js';

/** Returns the transport of an attempt: the given one, the platform's, or the fallback in Node. */
export function findFetch(given: FetchLike | undefined): FetchLike {
  const fetch = given ?? (globalThis.fetch as typeof globalThis.fetch | undefined) ?? fallbackFetch;
  const fault = faultOf(fetch);
  if (fault !== undefined) throw new EventSourceError(fault);
  return fetch as FetchLike;
}

export const noStream = (url: string) =>
  new EventSourceError(NO_BODY, {
    url,
  });
