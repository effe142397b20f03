import { checkParserOptions } from '#parser-checks';
import { NO_TRANSFORM } from '#texts';
import type { ServerSentEvent } from '../lifecycle.js';
import { ChunkParser } from '../parsing/chunk-parser.js';
import { type EventStreamCallbacks, type EventStreamLimits, handlerOf } from './event-stream-callbacks.js';

/** The options of an `EventStreamDecoderStream`. */
export interface EventStreamDecoderStreamOptions extends EventStreamCallbacks, EventStreamLimits {}

// The module must load without `TransformStream`, for example in React Native, which uses only the parser.
const PlatformStream: typeof TransformStream =
  'TransformStream' in globalThis
    ? TransformStream
    : (function () {
        throw new TypeError(NO_TRANSFORM);
      } as unknown as typeof TransformStream);

/**
 * A `TransformStream` that parses the chunks of an event stream into its events, like `createEventStreamParser`.
 *
 * Its readable side ends with its writable side. An unfinished event is dropped then. Both sides error with an
 * `EventTooLargeError` if an event or a line is longer than `maxEventSize` (default 64 Mi characters), and with
 * whatever a callback throws. The constructor throws a `TypeError` if an option has the wrong type, and if the platform
 * has no `TransformStream`.
 *
 * @example
 * ```ts
 * const { body } = await fetch('https://example.com/stream');
 * const decoder = new EventStreamDecoderStream({ onComment: text => console.log('comment', text) });
 *
 * for await (const event of body?.pipeThrough(decoder) ?? []) console.log(event.type, event.data);
 * console.log('the stream ended at', decoder.lastEventId);
 * ```
 */
export class EventStreamDecoderStream extends PlatformStream<Uint8Array | string, ServerSentEvent> {
  private readonly parser: ChunkParser;

  /**
   * @param options `lastEventId` (the id to start with, `''` by default), `maxEventSize`, and callbacks for everything
   * that isn't an event
   */
  constructor(options: EventStreamDecoderStreamOptions = {}) {
    checkParserOptions(options);
    let controller!: TransformStreamDefaultController<ServerSentEvent>;
    const parser = new ChunkParser(
      handlerOf(options, event => controller.enqueue(event)),
      options,
    );
    super({
      start: given => void (controller = given),
      transform: chunk => parser.push(chunk),
      flush: () => parser.end(),
    });
    this.parser = parser;
  }

  /**
   * The last event ID string. Send it as `Last-Event-ID` to continue from here. It covers all written chunks, including
   * events that nobody has read yet.
   */
  get lastEventId(): string {
    return this.parser.lastEventId;
  }
}
