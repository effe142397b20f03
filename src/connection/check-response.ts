import { newEncoder } from '#other-bodies';
import { wrongStatus, wrongType } from '#texts';
import { Observable, type SchedulerLike } from 'rxjs';
import { ContentTypeError, ResponseStatusError } from '../errors.js';
import { StreamClosed } from '../life/stream-closed.js';
import { andThen, type Answer, settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { ResponseLike } from './fetch-like.js';
import { readBody } from './read-body.js';
import { retryAfter } from './retry-after.js';

/** How much text of a rejected response is read, in bytes, and for how long, in milliseconds. */
const MAX_TEXT = 64 * 1024;
const MAX_TEXT_TIME = 2000;

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

/** Returns the text of a body, up to the limits. If reading fails, returns what was read. */
function readText(response: ResponseLike, url: string, scheduler: SchedulerLike): Observable<string> {
  return new Observable(subscriber => {
    const toBytes = newEncoder?.() ?? (chunk => chunk as Uint8Array);
    const bytes = new Uint8Array(MAX_TEXT);
    let length = 0;
    const finish = () => {
      // Decodes in one shot, because not every platform's decoder supports `stream`.
      subscriber.next(new TextDecoder().decode(bytes.subarray(0, length)));
      subscriber.complete();
    };
    const read = (chunk: Uint8Array | string) => {
      const part = toBytes(chunk).subarray(0, MAX_TEXT - length);
      bytes.set(part, length);
      length += part.length;
      if (length === MAX_TEXT) finish();
    };
    subscriber.add(scheduler.schedule(finish, MAX_TEXT_TIME));
    readBody(response, url, { read }, { scheduler })
      .pipe(takeUntilTeardown(subscriber))
      .subscribe({ error: finish, complete: finish });
  });
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
