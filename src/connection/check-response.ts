import { Observable, type SchedulerLike } from 'rxjs';
import { ContentTypeError, ResponseStatusError, withoutSecrets } from '../errors.js';
import { chunkEncoder } from '../parsing/chunk-encoder.js';
import { StreamClosed } from '../reconnection/stream-closed.js';
import { andThen, type Answer, settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { ResponseLike } from './fetch-like.js';
import { readBody } from './read-body.js';
import { retryAfter } from './retry-after.js';

/** How much of a refused answer's text is read, in bytes, and for how long, in milliseconds. */
const MAX_TEXT = 64 * 1024;
const MAX_TEXT_TIME = 2000;

/** What an answer that the page may not see has for a status (Fetch § 2.2.6). */
const OPAQUE = "0 (an opaque answer, by `mode: 'no-cors'` or `redirect: 'manual'`)";

export interface CheckResponseOptions {
  readonly validate: ((response: Response) => Answer<void>) | undefined;
  readonly scheduler: SchedulerLike;
}

/**
 * Emits once where the response is an event stream, and otherwise errors with what is wrong with it. A 204 is the server's word
 * to stop (HTML § 9.2.3).
 */
export function checkResponse(
  response: ResponseLike,
  url: string,
  { validate, scheduler }: CheckResponseOptions,
): Observable<unknown> {
  const check = () => {
    if (response.status === 204) throw new StreamClosed('no-content');
    return validate ? validate(response as Response) : acceptEventStream(response, url, scheduler);
  };
  return settle('validate', check);
}

/** The standard's own conditions: status 200, and `text/event-stream` whatever its parameters. */
function acceptEventStream(response: ResponseLike, url: string, scheduler: SchedulerLike): unknown {
  const { status, headers } = response;
  const where = withoutSecrets(url);
  if (status !== 200) {
    return readText(response, url, scheduler).pipe(
      andThen(body => {
        throw new ResponseStatusError(`Expected status 200, but got ${status || OPAQUE} from ${where}`, {
          url,
          status,
          headers: headers as Headers,
          body,
          retryAfter: retryAfter(headers, scheduler.now()),
        });
      }),
    );
  }
  const contentType = headers.get('content-type');
  if (mediaType(contentType) !== 'text/event-stream') {
    throw new ContentTypeError(
      `Expected Content-Type text/event-stream, but got ${JSON.stringify(contentType)} from ${where}`,
      { url, contentType },
    );
  }
  return undefined;
}

/** What comes of a body's text within the bounds. That it breaks, or that there is none, is no failure of its own. */
function readText(response: ResponseLike, url: string, scheduler: SchedulerLike): Observable<string> {
  return new Observable(subscriber => {
    const decoder = new TextDecoder();
    const toBytes = chunkEncoder();
    let left = MAX_TEXT;
    let text = '';
    const finish = () => {
      subscriber.next(text);
      subscriber.complete();
    };
    const read = (chunk: Uint8Array | string) => {
      const bytes = toBytes(chunk).subarray(0, left);
      text += decoder.decode(bytes, { stream: true });
      left -= bytes.length;
      if (left === 0) finish();
    };
    subscriber.add(scheduler.schedule(finish, MAX_TEXT_TIME));
    readBody(response, url, { read }, { scheduler })
      .pipe(takeUntilTeardown(subscriber))
      .subscribe({ error: finish, complete: finish });
  });
}

/** The media type, without its parameters; of several, as proxies make them, the last that is one (Fetch, "extract a MIME type"). */
function mediaType(contentType: string | null): string | undefined {
  return contentType
    ?.split(',')
    .map(value => /^[\t\n\r ]*([^\s/;]+\/[^\s/;]+)[\t\n\r ]*(?:;|$)/.exec(value)?.[1]?.toLowerCase())
    .filter(type => type !== undefined && type !== '*/*')
    .pop();
}
