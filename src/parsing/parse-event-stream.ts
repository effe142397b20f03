import { concatMap, type OperatorFunction, pipe } from 'rxjs';
import { atLeast, check } from '../check.js';
import type { Batch, ServerSentEvent } from '../lifecycle.js';
import type { EventStreamParserOptions } from './event-stream-parser.js';
import { parseItems } from './parse-items.js';

/** The options of `parseEventStream`. */
export interface ParseEventStreamOptions extends Pick<EventStreamParserOptions, 'maxEventSize' | 'lastEventId'> {
  /** Called with each `retry:` field, in milliseconds, as the stream has it. */
  readonly onRetryTime?: (milliseconds: number) => void;
  /** Called with each comment: the text after the colon, less one leading space. */
  readonly onComment?: (text: string) => void;
}

/**
 * Turns the chunks of an event stream, from anywhere, into its events, exactly as the HTML standard interprets it: UTF-8
 * with one leading byte order mark removed and bad bytes replaced, lines that end with LF, CR or CRLF, and any split of
 * the bytes. An event is emitted with the byte that ends its blank line.
 *
 * It completes and errors with its source; what is unfinished then is dropped, as the standard says. An event or line
 * above `maxEventSize` (default 64 Mi characters) is an `EventTooLargeError`. Unsubscribing stops it at once: of a chunk
 * with many events, the rest is not emitted.
 *
 * Strings may stand among the chunks; a surrogate pair may be split between two.
 *
 * @example
 * ```ts
 * from(createReadStream('recorded.txt'))
 *   .pipe(parseEventStream())
 *   .subscribe(event => console.log(event.type, event.data));
 * ```
 */
export function parseEventStream(
  options: ParseEventStreamOptions = {},
): OperatorFunction<Uint8Array | string, ServerSentEvent> {
  const { onRetryTime, onComment, maxEventSize } = options;
  check('maxEventSize', maxEventSize, atLeast(1, 'characters'));

  /** What of a batch is emitted, and what told, one after the other as they are asked for. */
  function* tellAndEmit(batch: Batch): Generator<ServerSentEvent> {
    for (const item of batch) {
      if (item.kind === undefined) yield item;
      else if (item.kind === 'comment') onComment?.(item.text);
      else if (item.kind === 'retry-time') onRetryTime?.(item.milliseconds);
    }
  }
  return pipe(parseItems({ ...options, acceptRetryTime: time => time }), concatMap(tellAndEmit));
}
