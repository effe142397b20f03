import { checkParserOptions } from '#parser-checks';
import { Observable, type OperatorFunction } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { ChunkParser } from './chunk-parser.js';
import type { EventStreamParserOptions } from './line-reader.js';

/** The options of `parseEventStream`. */
export interface ParseEventStreamOptions extends Pick<EventStreamParserOptions, 'maxEventSize' | 'lastEventId'> {
  /** Called with each `retry:` field, in milliseconds. The value isn't clamped. */
  readonly onRetryTime?: (milliseconds: number) => void;
  /** Called with each comment: the text after the colon, without one leading space. */
  readonly onComment?: (text: string) => void;
  /**
   * Called when the last event ID string changes. The call comes right before the event that changes it. For blocks
   * that have an id but no data, it comes at the end of the chunk, with the last id of the chunk. So the last call
   * always has the current position.
   */
  readonly onLastEventId?: (lastEventId: string) => void;
}

/**
 * Parses the chunks of an event stream into its events, exactly as the HTML standard defines it.
 *
 * The chunks can come from anywhere, split at any byte. The bytes are UTF-8: one leading byte order mark is removed,
 * and invalid bytes are replaced. Lines end with LF, CR or CRLF. An event is emitted as soon as its blank line ends.
 * Chunks can be strings too, and a surrogate pair can be split between two of them.
 *
 * Completes and errors with its source. An unfinished event is dropped at the end, as the standard requires. Errors
 * with an `EventTooLargeError` if an event or a line is longer than `maxEventSize` (default 64 Mi characters), and with
 * whatever a callback throws. If you unsubscribe while a chunk is being read, the rest of the chunk isn't emitted
 * or reported. Throws a `TypeError` at the call if an option has the wrong type.
 *
 * @param options `lastEventId` (the id to start with, `''` by default), `maxEventSize`, and callbacks for everything
 * that isn't an event
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
