/**
 * Server-Sent Events as RxJS: streams, operators, errors.
 *
 * @module rx-sse
 */

export { fromEventSource, fromEventSourceLifecycle } from './from-event-source.js';
export { iterateEventSource, type IterateEventSourceOptions } from './iterate-event-source.js';
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
export type { Flush } from './life/delivery.js';
export type { Answer } from './settle.js';
export type {
  ClosedLifecycle,
  CommentLifecycle,
  ConnectingLifecycle,
  EventLifecycle,
  EventSourceLifecycle,
  GapLifecycle,
  OpenLifecycle,
  PausedLifecycle,
  RetryTimeLifecycle,
  RoleLifecycle,
  ServerSentEvent,
  SnapshotLifecycle,
  WaitingLifecycle,
} from './lifecycle.js';

export type { BackoffConfig } from './life/backoff.js';
export type { ReconnectAttempt, ReconnectDecision, ReconnectPolicy, ReconnectWait } from './life/reconnect-policy.js';

export type { LastEventIdStore } from './position/last-event-id-store.js';
export { memoryLastEventId } from './position/memory-last-event-id.js';
export { type LastEventIdStorage, storedLastEventId } from './position/stored-last-event-id.js';

export { backoff } from './operators/backoff.js';
export { batchPerFrame } from './operators/batch-per-frame.js';
export {
  type ConnectionFailure,
  type ConnectionState,
  connectionState,
  type ConnectionStateOptions,
  IDLE_CONNECTION,
} from './operators/connection-state.js';
export { decode, type DecodeOptions, type OtherType } from './operators/decode.js';
export type { DecodedData, DecodedEvent, Decoder, EventDecoder, Json } from './operators/event-decoder.js';
export type { EventOf, EventOrLifecycle, WithEvent } from './operators/event-of.js';
export { events } from './operators/events.js';
export { json } from './operators/json.js';
export { ofEventType, type OfEventType } from './operators/of-event-type.js';
export { online } from './operators/online.js';
export { pageResumed, type PageResumedOptions } from './operators/page-resumed.js';
export { pageVisible } from './operators/page-visible.js';
export { reconnect } from './operators/reconnect.js';
export { routeTo } from './operators/route-to.js';
export { shareLifecycle, type ShareLifecycleOptions } from './operators/share-lifecycle.js';
export type { SchemaResult, StandardSchema } from './operators/standard-schema.js';
export { type ActionOf, type EventRoutes, type Routes, toActions } from './operators/to-actions.js';
export { whileTrue } from './operators/while-true.js';
export { type SnapshotOptions, withSnapshot } from './operators/with-snapshot.js';

export {
  ConnectionError,
  ContentTypeError,
  DecodeError,
  type DecodeIssue,
  EventSourceError,
  EventSourceTimeoutError,
  EventTooLargeError,
  ResponseStatusError,
  StreamEndedError,
  StreamTruncatedError,
} from './errors.js';
