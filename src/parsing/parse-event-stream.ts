import { concat, concatMap, defer, type OperatorFunction, throwError } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { chunkEncoder } from './chunk-encoder.js';
import { EventStreamParser, type EventStreamParserOptions } from './event-stream-parser.js';

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
 * const { body } = await fetch('/completions', { method: 'POST' });
 * from(body!).pipe(parseEventStream()).subscribe(event => console.log(event.type, event.data));
 * ```
 */
export function parseEventStream(
  options: ParseEventStreamOptions = {},
): OperatorFunction<Uint8Array | string, ServerSentEvent> {
  return source =>
    defer(() => {
      let events: ServerSentEvent[] = [];
      const parser = new EventStreamParser({ ...options, onEvent: event => events.push(event) }, options);
      const toBytes = chunkEncoder();
      return source.pipe(
        concatMap(chunk => {
          events = [];
          try {
            parser.push(toBytes(chunk));
          } catch (error) {
            return concat(
              events,
              throwError(() => error),
            );
          }
          return events;
        }),
      );
    });
}
