import { checkHandler, checkParserOptions } from '#parser-checks';
import type { ServerSentEvent } from '../lifecycle.js';
import { ChunkParser } from '../parsing/chunk-parser.js';
import { type EventStreamCallbacks, type EventStreamLimits, handlerOf } from './event-stream-callbacks.js';

/** What a parser calls as it reads, in the order of the stream. */
export interface EventStreamHandler extends EventStreamCallbacks {
  /** Called with each event, with the byte that ends its blank line. */
  readonly onEvent: (event: ServerSentEvent) => void;
}

/** The options of `createEventStreamParser`. */
export type EventStreamParserOptions = EventStreamLimits;

/** Reads one event stream. */
export interface EventStreamParser {
  /** The last event ID string: what to send as `Last-Event-ID` to go on from here. It moves with blank lines, as the standard says. */
  readonly lastEventId: string;
  /**
   * Reads a chunk, split wherever it may be. All that it completes has been handed to the handler when this returns. A chunk that a callback pushes
   * is read behind the one in hand.
   *
   * Throws what a callback throws, an `EventTooLargeError`, and a `TypeError` for what is neither bytes nor text. The rest of the chunk is lost then,
   * so all further chunks are refused with the same error until `end`.
   */
  push(chunk: Uint8Array | string): void;
  /**
   * Ends the stream. What is unfinished is dropped, as the standard says. The next chunk starts another stream, which goes on from `lastEventId`. If
   * a callback calls it, it takes effect behind the chunk in hand.
   */
  end(): void;
}

/**
 * Creates a parser that reads an event stream exactly as the HTML standard interprets it: UTF-8 with one leading byte order mark removed and bad
 * bytes replaced, lines that end with LF, CR or CRLF, and any split of the bytes. It needs no RxJS, and runs in any engine that has `TextDecoder`.
 *
 * Pass bytes as they come. Text is fine too, but it is turned into bytes first.
 *
 * It throws a `TypeError` if a callback or an option is of a wrong type.
 *
 * @param handler `onEvent`, and callbacks for what isn't an event
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
