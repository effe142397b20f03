import { checkHandler, checkParserOptions } from '#parser-checks';
import type { ServerSentEvent } from '../lifecycle.js';
import { ChunkParser } from '../parsing/chunk-parser.js';
import { type EventStreamCallbacks, type EventStreamLimits, handlerOf } from './event-stream-callbacks.js';

/** The callbacks of a parser. They are called in the order of the stream. */
export interface EventStreamHandler extends EventStreamCallbacks {
  /** Called with each event, as soon as its blank line ends. */
  readonly onEvent: (event: ServerSentEvent) => void;
}

/** The options of `createEventStreamParser`. */
export type EventStreamParserOptions = EventStreamLimits;

/** Parses one event stream. */
export interface EventStreamParser {
  /**
   * The last event ID string. Send it as `Last-Event-ID` to continue from here. It changes at blank lines, as the
   * standard requires.
   */
  readonly lastEventId: string;
  /**
   * Parses a chunk, split at any byte. Calls the handler for everything the chunk completes, then returns. If a
   * callback pushes another chunk, that chunk is parsed after the current one.
   *
   * Throws what a callback throws, an `EventTooLargeError`, and a `TypeError` for anything except bytes and text. The
   * rest of the chunk is lost then, so all further chunks throw the same error until you call `end`.
   */
  push(chunk: Uint8Array | string): void;
  /**
   * Ends the stream. An unfinished event is dropped, as the standard requires. The next chunk starts another stream,
   * which continues from `lastEventId`. If a callback calls it, it takes effect after the current chunk.
   */
  end(): void;
}

/**
 * Creates a parser for an event stream, exactly as the HTML standard defines it. It doesn't need RxJS, and runs on any
 * platform that has `TextDecoder`.
 *
 * The bytes are UTF-8: one leading byte order mark is removed, and invalid bytes are replaced. Lines end with LF, CR or
 * CRLF. Chunks can be split at any byte. Pass bytes if you have them: text works too, but is converted to bytes first.
 *
 * Throws a `TypeError` if a callback or an option has the wrong type.
 *
 * @param handler `onEvent`, and callbacks for everything that isn't an event
 * @param options `lastEventId` and `maxEventSize`
 *
 * @example
 * ```ts
 * const parser = createEventStreamParser({ onEvent: event => console.log(event.type, event.data) });
 *
 * const response = await fetch('https://example.com/stream');
 * for await (const chunk of response.body ?? []) parser.push(chunk);
 * parser.end();
 * console.log('the stream ended at', parser.lastEventId);
 * ```
 */
export function createEventStreamParser(
  handler: EventStreamHandler,
  options: EventStreamParserOptions = {},
): EventStreamParser {
  checkHandler(handler);
  checkParserOptions(options);
  return new ChunkParser(
    handlerOf(handler, event => handler.onEvent(event)),
    options,
  );
}
