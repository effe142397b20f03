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

/** The steps of the chat's stream, in order. Its events are messages. */
export type ChatStep = EventSourceLifecycle<ChatEvent>;

export interface ChatStreamOptions extends EventSourceOptions {
  /** Starts with new messages instead of the stored ones. Use it if you load a snapshot. */
  readonly fromNow?: boolean;
}

/** The server sends a heartbeat every two seconds, so this much silence (in milliseconds) means that it's gone. */
const IDLE_TIMEOUT = 5_000;

/**
 * Opens the chat at `origin`. If the server can't resume from the position, its response says so with the header
 * `Last-Event-ID`, and the lifecycle has a `gap`. For clients that can't read headers, the server also sends an event
 * `gap`. It isn't needed here, and `decode` drops it.
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
