import type { Observable } from 'rxjs';
import {
  decode,
  type EventLifecycle,
  type EventSourceLifecycle,
  fromEventSource,
  fromEventSourceLifecycle,
  json,
  type ServerSentEvent,
  type SnapshotLifecycle,
} from '../../src/index.js';

export interface Chat {
  readonly text: string;
}
export interface Presence {
  readonly who: string;
  readonly online: boolean;
}

export type ChatEvent = ServerSentEvent<Chat, 'chat'>;
export type PresenceEvent = ServerSentEvent<Presence, 'presence'>;
/** A lifecycle with events of the type `Event`, written out. */
export type LifecycleOf<Event extends ServerSentEvent<unknown>> =
  Exclude<EventSourceLifecycle, EventLifecycle> | EventLifecycle<Event>;

export const decoders = { chat: json<Chat>(), presence: json<Presence>() };
const url = 'https://example.org/chat';

// Nothing connects, because nothing subscribes.
export const events$ = fromEventSource(url);
export const steps$ = fromEventSourceLifecycle(url);
export const decoded$ = events$.pipe(decode(decoders));
export const decodedSteps$ = steps$.pipe(decode(decoders));

/** A snapshot that `withSnapshot` adds to a lifecycle. */
export interface Room {
  readonly texts: readonly string[];
}
export const snapshotSteps$: Observable<LifecycleOf<ChatEvent | PresenceEvent> | SnapshotLifecycle<Room>> =
  decodedSteps$;
