import { checkParserOptions } from '#parser-checks';
import { NO_TRANSFORM } from '#texts';
import type { ServerSentEvent } from '../lifecycle.js';
import { ChunkParser } from '../parsing/chunk-parser.js';
import { type EventStreamCallbacks, type EventStreamLimits, handlerOf } from './event-stream-callbacks.js';

/** The options of an `EventStreamDecoderStream`. */
export interface EventStreamDecoderStreamOptions extends EventStreamCallbacks, EventStreamLimits {}

// Engines without it, such as that of React Native, load the door for its parser.
const PlatformStream: typeof TransformStream =
  'TransformStream' in globalThis
    ? TransformStream
    : (function () {
        throw new TypeError(NO_TRANSFORM);
      } as unknown as typeof TransformStream);

/**
 * A `TransformStream` that turns the chunks of an event stream into its events, as `createEventStreamParser` reads them.
 *
 * Its readable side ends with its writable side, and drops an unfinished event then. An event or line above `maxEventSize` (default 64 Mi
 * characters) makes both sides fail with an `EventTooLargeError`, and what a callback throws does, too. An option of a wrong type throws a
 * `TypeError` at the call, and so does an engine without `TransformStream`.
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

  /** @param options `lastEventId` (where the stream starts, `''`), `maxEventSize`, and callbacks for what isn't an event */
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
   * The last event ID string: what to send as `Last-Event-ID` to go on from here. It is that of all chunks that were written, also of events that
   * nobody has read yet.
   */
  get lastEventId(): string {
    return this.parser.lastEventId;
  }
}
