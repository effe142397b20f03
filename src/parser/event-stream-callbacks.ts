import type { EventStreamHandler } from '../parsing/line-reader.js';

/** Callbacks for everything that isn't an event. If a callback throws, parsing stops. */
export interface EventStreamCallbacks {
  /** Called with each comment: the text after the colon, without one leading space. */
  readonly onComment?: ((text: string) => void) | undefined;
  /** Called with each `retry:` field, in milliseconds. The value isn't clamped. */
  readonly onRetryTime?: ((milliseconds: number) => void) | undefined;
  /**
   * Called with each line that the standard ignores, without its line end: a field with an unknown name (`evnet:
   * chat`), a `retry` that isn’t a number, an `id` with a NUL. It checks each line that isn’t data, so leave it out in
   * production.
   */
  readonly onIgnoredLine?: ((line: string) => void) | undefined;
}

/** The start of a stream, and the largest size of its events. */
export interface EventStreamLimits {
  /**
   * The id of events until the stream sets one. Pass the position that you reconnect from.
   * @default ''
   */
  readonly lastEventId?: string;
  /**
   * The largest event or line, in characters (UTF-16 code units). A larger one throws an `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number;
}

/** Lines that have a meaning, but aren't data or blank. */
const KNOWN = /^(?::|event(?::|$)|id(?:$|:[^\0]*$)|retry: ?[0-9]+$)/;

/** Returns the handler of the inner parser. A callback that isn't set costs nothing. */
export function handlerOf(callbacks: EventStreamCallbacks, onEvent: EventStreamHandler['onEvent']): EventStreamHandler {
  return {
    onEvent,
    onComment: callbacks.onComment?.bind(callbacks),
    onRetryTime: callbacks.onRetryTime?.bind(callbacks),
    onOtherLine: callbacks.onIgnoredLine && (line => KNOWN.test(line) || callbacks.onIgnoredLine?.(line)),
  };
}
