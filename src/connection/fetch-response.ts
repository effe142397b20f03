import { failed } from '#texts';
import { Observable } from 'rxjs';
import { ConnectionError } from '../errors.js';
import type { EventSourceRequest } from './build-request.js';
import type { FetchLike, ResponseLike } from './fetch-like.js';
import { findFetch } from './find-fetch.js';
import { fromAnswer } from '../settle.js';
import { cancelBody } from './read-body.js';

export interface FetchResponseOptions {
  readonly fetch: FetchLike | undefined;
}

/**
 * Sends the request and emits the response when its headers arrive. `signal` aborts it. A response that arrives after
 * unsubscribing is cancelled.
 */
export function fetchResponse(
  { url, init }: EventSourceRequest,
  signal: AbortSignal,
  { fetch: given }: FetchResponseOptions,
): Observable<ResponseLike> {
  return new Observable(subscriber => {
    // Called as a plain function, because the platform's `fetch` throws "Illegal invocation" as a method of another
    // object.
    const fetch = findFetch(given);
    const asked = new Observable<ResponseLike>(
      // If it throws, this is a failed connection too.
      asking => void fromAnswer(fetch(url, { ...init, signal })).subscribe(asking),
    );
    asked.subscribe({
      next: response => {
        if (given && subscriber.closed) cancelBody(response);
        subscriber.next(response);
        subscriber.complete();
      },
      error: (cause: unknown) => {
        subscriber.error(new ConnectionError(failed(url), { cause, url }));
      },
    });
  });
}
