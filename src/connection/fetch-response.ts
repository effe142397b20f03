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
 * Sends the request, and emits the answer when its headers have come. `signal` aborts it; an answer that comes all the same
 * after unsubscribing is cancelled.
 */
export function fetchResponse(
  { url, init }: EventSourceRequest,
  signal: AbortSignal,
  { fetch: given }: FetchResponseOptions,
): Observable<ResponseLike> {
  return new Observable(subscriber => {
    // Called as a plain function: as a method of anything else the platform's refuses ("Illegal invocation").
    const fetch = findFetch(given);
    const asked = new Observable<ResponseLike>(
      // What it throws at once is a failure to connect as well.
      asking => void fromAnswer(fetch(url, { ...init, signal })).subscribe(asking),
    );
    asked.subscribe({
      next: response => {
        if (subscriber.closed) cancelBody(response);
        subscriber.next(response);
        subscriber.complete();
      },
      error: (cause: unknown) => {
        subscriber.error(new ConnectionError(failed(url), { cause, url }));
      },
    });
  });
}
