/**
 * The parser: reads event streams without RxJS, on any platform.
 *
 * @module rx-sse/parser
 */
export {
  createEventStreamParser,
  type EventStreamHandler,
  type EventStreamParser,
  type EventStreamParserOptions,
} from './create-event-stream-parser.js';
export type { EventStreamCallbacks, EventStreamLimits } from './event-stream-callbacks.js';
export { EventStreamDecoderStream, type EventStreamDecoderStreamOptions } from './event-stream-decoder-stream.js';
export { EventSourceError, EventTooLargeError } from '../errors.js';
export type { ServerSentEvent } from '../lifecycle.js';
