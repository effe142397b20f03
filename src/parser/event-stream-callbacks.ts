import type { EventStreamHandler } from '../parsing/line-reader.js';

/** What is told of a stream besides its events. What a callback throws ends the reading. */
export interface EventStreamCallbacks {
  /** Called with each comment: the text after the colon, less one leading space. */
  readonly onComment?: ((text: string) => void) | undefined;
  /** Called with each `retry:` field, in milliseconds, as the stream has it. */
  readonly onRetryTime?: ((milliseconds: number) => void) | undefined;
  /**
   * Called with each line that the standard ignores, without its end: a field with another name (`evnet: chat`), a `retry` that isn’t a number, an
   * `id` with a NUL. It costs a look at each line that isn’t data; leave it out in production.
   */
  readonly onIgnoredLine?: ((line: string) => void) | undefined;
}

/** Where a stream starts, and how large its events may be. */
export interface EventStreamLimits {
  /**
   * The id that events have until the stream sets one: the position that you reconnect from.
   * @default ''
   */
  readonly lastEventId?: string;
  /**
   * The largest event, and the largest line, in characters (UTF-16 code units). A larger one is an `EventTooLargeError`.
   * @default 67_108_864
   */
  readonly maxEventSize?: number;
}

/** Lines that are neither data nor blank, and mean something. */
const KNOWN = /^(?::|event(?::|$)|id(?:$|:[^\0]*$)|retry: ?[0-9]+$)/;

/** What the parser inside calls. A callback that isn't there costs nothing. */
export function handlerOf(callbacks: EventStreamCallbacks, onEvent: EventStreamHandler['onEvent']): EventStreamHandler {
  return {
    onEvent,
    onComment: callbacks.onComment?.bind(callbacks),
    onRetryTime: callbacks.onRetryTime?.bind(callbacks),
    onOtherLine: callbacks.onIgnoredLine && (line => KNOWN.test(line) || callbacks.onIgnoredLine?.(line)),
  };
}
