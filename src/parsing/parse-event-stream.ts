import { checkParserOptions } from '#parser-checks';
import { Observable, type OperatorFunction } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { ChunkParser } from './chunk-parser.js';
import type { EventStreamParserOptions } from './line-reader.js';

/** The options of `parseEventStream`. */
export interface ParseEventStreamOptions extends Pick<EventStreamParserOptions, 'maxEventSize' | 'lastEventId'> {
  /** Called with each `retry:` field, in milliseconds, as the stream has it. */
  readonly onRetryTime?: (milliseconds: number) => void;
  /** Called with each comment: the text after the colon, less one leading space. */
  readonly onComment?: (text: string) => void;
  /**
   * Called when the last event ID string has changed: right before the event that changes it is emitted, and at the end of the chunk for blocks that
   * have an id and no data. (Of several such blocks in a row, in one chunk, only the last counts.) So the last call has the position at the end.
   */
  readonly onLastEventId?: (lastEventId: string) => void;
}

/**
 * Turns the chunks of an event stream, from anywhere, into its events, exactly as the HTML standard interprets it: UTF-8
 * with one leading byte order mark removed and bad bytes replaced, lines that end with LF, CR or CRLF, and any split of
 * the bytes. An event is emitted with the byte that ends its blank line.
 *
 * It completes and errors with its source, and drops an unfinished event then, as the standard says. An event or line above `maxEventSize`
 * (default 64 Mi characters) is an `EventTooLargeError`, and what the callbacks throw is an error too. Unsubscribing stops it at once: if a chunk
 * has many events, the rest is neither emitted nor reported. An option of a wrong type throws a `TypeError` at the call.
 *
 * Chunks may be strings too; a surrogate pair may be split between two.
 *
 * @param options `lastEventId` (where the stream starts, `''`), `maxEventSize`, and callbacks for what isn't an event
 *
 * @example
 * ```ts
 * from(createReadStream('recorded.txt'))
 *   .pipe(parseEventStream({ onLastEventId: id => console.log('now at', id) }))
 *   .subscribe(event => console.log(event.type, event.data));
 * ```
 */
export function parseEventStream(
  options: ParseEventStreamOptions = {},
): OperatorFunction<Uint8Array | string, ServerSentEvent> {
  checkParserOptions(options);
  const { lastEventId = '', onRetryTime, onComment, onLastEventId } = options;

  return source =>
    new Observable(subscriber => {
      let reached = lastEventId;
      const moveTo = (id: string) => {
        if (id === reached || subscriber.closed) return;
        reached = id;
        onLastEventId?.(id);
      };
      const parser = new ChunkParser(
        {
          onEvent: onLastEventId
            ? event => {
                moveTo(event.lastEventId);
                subscriber.next(event);
              }
            : event => subscriber.next(event),
          onComment: onComment && (text => subscriber.closed || onComment(text)),
          onRetryTime: onRetryTime && (time => subscriber.closed || onRetryTime(time)),
        },
        options,
        onLastEventId && (() => moveTo(parser.lastEventId)),
        () => subscriber.complete(),
      );
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: chunk => {
          try {
            parser.push(chunk);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => parser.end(),
      });
    });
}
