import { wrongStatus, wrongType } from '#texts';
import type { Observable, SchedulerLike } from 'rxjs';
import { ContentTypeError, ResponseStatusError } from '../errors.js';
import { StreamClosed } from '../life/stream-closed.js';
import { andThen, type Answer, settle } from '../settle.js';
import type { ResponseLike } from './fetch-like.js';
import { readText } from './read-text.js';
import { retryAfter } from './retry-after.js';

export interface CheckResponseOptions {
  readonly accept: readonly string[] | ((contentType: string | null) => boolean);
  readonly validate: ((response: Response) => Answer<void>) | undefined;
  readonly scheduler: SchedulerLike;
}

/**
 * Emits once if the response is an event stream, otherwise errors with the reason. `validate` is called only if the
 * status is 200 and the content type is accepted.
 */
export function checkResponse(
  response: ResponseLike,
  url: string,
  { accept, validate, scheduler }: CheckResponseOptions,
): Observable<unknown> {
  return settle('validate', () => {
    // [spec] HTML § 9.2.1: "a client can be told to stop reconnecting using the HTTP 204 No Content response code."
    if (response.status === 204) throw new StreamClosed('no-content');
    if (response.status !== 200) return refuseStatus(response, url, scheduler);
    checkContentType(response.headers.get('content-type'), url, accept);
    return validate?.(response as Response);
  });
}

function refuseStatus(response: ResponseLike, url: string, scheduler: SchedulerLike): Observable<never> {
  const { status, headers } = response;
  return readText(response, url, scheduler).pipe(
    andThen(body => {
      throw new ResponseStatusError(wrongStatus(status), {
        url,
        status,
        headers: headers as Headers,
        body,
        retryAfter: retryAfter(headers, scheduler.now()),
      });
    }),
  );
}

function checkContentType(contentType: string | null, url: string, accept: CheckResponseOptions['accept']): void {
  const isFunction = typeof accept === 'function';
  const sent = mediaType(contentType);
  if (isFunction ? accept(contentType) : sent !== undefined && accept.some(type => mediaType(type) === sent)) return;
  throw new ContentTypeError(wrongType(isFunction ? undefined : accept, contentType), { url, contentType });
}

/**
 * Returns the media type in lower case, without parameters. Proxies can add several: the last valid one counts (Fetch,
 * "extract a MIME type").
 */
function mediaType(contentType: string | null): string | undefined {
  return contentType
    ?.split(',')
    .map(value => /^[\t\n\r ]*([^\s/;]+\/[^\s/;]+)[\t\n\r ]*(?:;|$)/.exec(value)?.[1]?.toLowerCase())
    .filter(type => type !== undefined && type !== '*/*')
    .pop();
}
