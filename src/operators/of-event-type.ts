import { checkGiven } from '#check';
import { filter, type OperatorFunction } from 'rxjs';
import type { ServerSentEvent } from '../lifecycle.js';
import { type EventOf, eventOf, type EventOrLifecycle, type WithEvent } from './event-of.js';

/** Those of the events `Event` that are of one of the types `Type`. */
export type OfEventType<Event, Type extends string> =
  Event extends ServerSentEvent<infer Data, infer Known>
    ? string extends Known
      ? ServerSentEvent<Data, Type>
      : Extract<Known, Type> extends never
        ? never
        : ServerSentEvent<Data, Extract<Known, Type>>
    : never;

/**
 * Keeps the events of the given types, and narrows to them. If the events are a union, as `decode` makes it, a type that isn't in it is a compile
 * error. On a lifecycle, all other steps pass as they are.
 *
 * It completes and errors with the source, and unsubscribing ends the source. A type that isn't a string throws a `TypeError` at the call, and so
 * does a call without types, which would let nothing through.
 *
 * @param types one or more event types, in upper and lower case as the server writes them; `'message'` for events without one
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
