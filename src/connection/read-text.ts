import { newEncoder } from '#other-bodies';
import { Observable, type SchedulerLike } from 'rxjs';
import { takeUntilTeardown } from '../take-until-teardown.js';
import type { ResponseLike } from './fetch-like.js';
import { readBody } from './read-body.js';

/** How much text is read, in bytes, and for how long, in milliseconds. */
const MAX_TEXT = 64 * 1024;
const MAX_TEXT_TIME = 2000;

/**
 * Emits the text of a rejected response, up to the limits, and completes. If reading fails, emits what was read.
 * Unsubscribing cancels the body.
 */
export function readText(response: ResponseLike, url: string, scheduler: SchedulerLike): Observable<string> {
  return new Observable(subscriber => {
    const toBytes = newEncoder ? newEncoder() : (chunk: Uint8Array | string) => chunk as Uint8Array;
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
