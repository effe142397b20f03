import { checkGiven } from '#check';
import { filter, type OperatorFunction } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { type EventOf, eventOf, type EventOrLifecycle, type WithEvent } from './event-of.js';

/** The events of the union `Event` that have one of the types `Type`. */
export type OfEventType<Event, Type extends string> =
  Event extends ServerSentEvent<infer Data, infer Known>
    ? string extends Known
      ? ServerSentEvent<Data, Type>
      : Extract<Known, Type> extends never
        ? never
        : ServerSentEvent<Data, Extract<Known, Type>>
    : never;

/**
 * Keeps only the events of the given types, and narrows their type. If the events are a union from `decode`, an unknown
 * type is a compile error. If the source is a lifecycle, all other steps pass through.
 *
 * Completes and errors with the source. Unsubscribing unsubscribes from the source. Throws a `TypeError` at the call if
 * a type isn't a string, or if you pass no types.
 *
 * @param types one or more event types, case-sensitive; `'message'` for events without a type
 *
 * @example
 * ```ts
 * fromEventSource('/chat/stream')
 *   .pipe(ofEventType('joined', 'left'))
 *   .subscribe(event => console.log(event.data, event.type === 'joined' ? 'is here' : 'is gone'));
 * ```
 */
export function ofEventType<In extends EventOrLifecycle, Type extends EventOf<In>['type']>(
  ...types: readonly [Type, ...Type[]]
): OperatorFunction<In, WithEvent<In, OfEventType<EventOf<In>, Type>>> {
  const given: readonly unknown[] = types;
  if (given.length === 0) throw new TypeError('Expected event types for the option `types`, but got none');
  for (const type of given) checkGiven('types', type, ['event types', value => typeof value === 'string']);
  const wanted = new Set<string>(types);
  return filter((value): value is never => {
    const event = eventOf(value);
    return event === undefined || wanted.has(event.type);
  });
}
