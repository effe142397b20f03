export { fromEventSource, fromEventSourceLifecycle } from './from-event-source.js';
export { iterateEventSource } from './iterate-event-source.js';
export { parseEventStream, type ParseEventStreamOptions } from './parsing/parse-event-stream.js';

export type { EventSourceOptions } from './options.js';
export type {
  Attempt,
  EventSourceRequest,
  EventSourceRequestInit,
  HeadersLike,
  PreparedRequest,
} from './connection/build-request.js';
export type { FetchLike, ResponseLike } from './connection/fetch-like.js';
export type { Flush } from './delivery.js';
export type { Answer } from './settle.js';
export type {
  ClosedLifecycle,
  CommentLifecycle,
  ConnectingLifecycle,
  EventLifecycle,
  EventSourceLifecycle,
  OpenLifecycle,
  RetryTimeLifecycle,
  ServerSentEvent,
  WaitingLifecycle,
} from './lifecycle.js';

export { backoff, type BackoffConfig } from './reconnection/backoff.js';
export { reconnect } from './reconnection/reconnect.js';
export type { ReconnectAttempt, ReconnectDecision, ReconnectPolicy } from './reconnection/reconnect-policy.js';

export type { LastEventIdStore } from './position/last-event-id-store.js';
export { memoryLastEventId } from './position/memory-last-event-id.js';
export { type LastEventIdStorage, storedLastEventId } from './position/stored-last-event-id.js';

export { online } from './operators/online.js';
export { pageVisible } from './operators/page-visible.js';
export { whileTrue } from './operators/while-true.js';

export {
  ConnectionError,
  ContentTypeError,
  DecodeError,
  EventSourceError,
  EventSourceTimeoutError,
  EventTooLargeError,
  ResponseStatusError,
} from './errors.js';
