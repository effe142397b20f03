import type { Observable } from 'rxjs';
import {
  decode,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  json,
  type ServerSentEvent,
} from 'rx-sse';
import type { ChatMessage } from '../chat-message.js';

/** An event of the chat. */
export type ChatEvent = ServerSentEvent<ChatMessage, 'chat'>;

/** What happens on the chat's stream, in order; its events are messages. */
export type ChatStep = EventSourceLifecycle<ChatEvent>;

export interface ChatStreamOptions extends EventSourceOptions {
  /** Start with the messages that come from now on, not with those that the server holds: for who loads a snapshot. */
  readonly fromNow?: boolean;
}

/** A server that sends a heartbeat every two seconds, and is silent for so long (in milliseconds), is gone. */
const IDLE_TIMEOUT = 5_000;

/**
 * The chat at `origin`. If the server can't go on from the position, its answer says so by the header `Last-Event-ID`, and the lifecycle by a
 * `gap`. The server's event `gap` says the same to clients that can't read headers; it isn't needed here, and `decode` drops it.
 */
export function chatStream(
  origin: string,
  { fromNow = false, ...options }: ChatStreamOptions = {},
): Observable<ChatStep> {
  const url = `${origin}/chat/stream${fromNow ? '?from=now' : ''}`;
  return fromEventSourceLifecycle(url, { idleTimeout: IDLE_TIMEOUT, ...options }).pipe(
    decode({ chat: json<ChatMessage>() }),
  );
}
