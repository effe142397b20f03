import { Observable, type SchedulerLike } from 'rxjs';
import { ConnectionError, EventSourceTimeoutError, withoutSecrets } from '../errors.js';
import type { EventSourceRequest } from './build-request.js';
import type { FetchLike, ResponseLike } from './fetch-like.js';
import { findFetch } from './find-fetch.js';
import { fromAnswer } from '../settle.js';
import { cancelBody } from './read-body.js';

export interface FetchResponseOptions {
  readonly fetch: FetchLike | undefined;
  readonly connectTimeout: number | undefined;
  readonly scheduler: SchedulerLike;
}

/**
 * Sends the request, and emits the answer when its headers have come. `signal` aborts it; an answer that comes all the same
 * after unsubscribing is cancelled.
 */
export function fetchResponse(
  { url, init }: EventSourceRequest,
  signal: AbortSignal,
  { fetch: given, connectTimeout, scheduler }: FetchResponseOptions,
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
        const where = withoutSecrets(url) + corsHint(url);
        subscriber.error(new ConnectionError(`Expected an answer, but the request failed: ${where}`, { cause, url }));
      },
    });
    if (connectTimeout === undefined) return;
    subscriber.add(
      scheduler.schedule(() => {
        const expected = `Expected headers within ${connectTimeout} ms (connectTimeout)`;
        const message = `${expected}, but none came from ${withoutSecrets(url)}`;
        subscriber.error(new EventSourceTimeoutError(message, { url }));
      }, connectTimeout),
    );
  });
}

/** To a page, a refusal by CORS looks like a server that is gone; the browser says which it was, but to its console alone. */
function corsHint(url: string): string {
  return typeof location === 'object' && /^https?:/.test(url) && !url.startsWith(`${location.origin}/`)
    ? ' (of another origin: where CORS refused it, the console says so)'
    : '';
}
