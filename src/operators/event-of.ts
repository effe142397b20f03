import type {
  EventLifecycle,
  EventSourceLifecycle,
  RoleLifecycle,
  ServerSentEvent,
  SnapshotLifecycle,
} from '../lifecycle.js';

/** The input of the typed operators: the events of a stream, or its lifecycle. */
export type EventOrLifecycle<Data = unknown> =
  ServerSentEvent<Data> | EventSourceLifecycle<ServerSentEvent<Data>> | RoleLifecycle | SnapshotLifecycle;

/** The events among the values `In` of a stream. */
export type EventOf<In> =
  In extends EventLifecycle<infer Event> ? Event : In extends { readonly kind: string } ? never : In;

/** The values `In` of a stream, with `Event` instead of its events. */
export type WithEvent<In, Event extends ServerSentEvent<unknown>> = In extends { readonly kind: 'event' }
  ? EventLifecycle<Event>
  : In extends { readonly kind: string }
    ? In
    : Event;

/** Returns the event of a value, or `undefined` for another step of the lifecycle. */
export function eventOf<Data>(value: EventOrLifecycle<Data>): ServerSentEvent<Data> | undefined {
  if (!('kind' in value)) return value;
  return value.kind === 'event' ? value.event : undefined;
}
