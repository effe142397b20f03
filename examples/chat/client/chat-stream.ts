import { map, type Observable } from 'rxjs';
import {
  type EventLifecycle,
  type EventSourceLifecycle,
  type EventSourceOptions,
  fromEventSourceLifecycle,
  type ServerSentEvent,
} from 'rx-sse';
import type { ChatMessage } from '../chat-message.js';

/** What happens on the chat's stream, in order; its events are messages. */
export type ChatStep = Exclude<EventSourceLifecycle, EventLifecycle> | EventLifecycle<ServerSentEvent<ChatMessage>>;

/** A server that sends a heartbeat every two seconds, and is silent for so long (in milliseconds), is gone. */
const IDLE_TIMEOUT = 5_000;

/** The chat at `origin`. */
export function chatStream(origin: string, options: EventSourceOptions = {}): Observable<ChatStep> {
  return fromEventSourceLifecycle(`${origin}/chat/stream`, { idleTimeout: IDLE_TIMEOUT, ...options }).pipe(
    map(step =>
      step.kind === 'event'
        ? { kind: 'event', event: { ...step.event, data: JSON.parse(step.event.data) as ChatMessage } }
        : step,
    ),
  );
}
