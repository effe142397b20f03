import { filter, type OperatorFunction } from 'rxjs';
import { checkGiven } from '../check.js';
import type { ServerSentEvent } from '../lifecycle.js';
import { type EventOf, eventOf, type EventOrLifecycle, type WithEvent } from './event-of.js';

/** Those of the events `Event` that are of one of the types `Type`. */
export type OfType<Event, Type extends string> =
  Event extends ServerSentEvent<infer Data, infer Known>
    ? string extends Known
      ? ServerSentEvent<Data, Type>
      : Extract<Known, Type> extends never
        ? never
        : ServerSentEvent<Data, Extract<Known, Type>>
    : never;

/**
 * Lets the events of the given types through, and narrows to them; of a union, as `decode` gives it, a type that is not in it is
 * a compile error. On a lifecycle, all other steps pass as they are.
 *
 * It completes and errors with the source. What is not a string throws a `TypeError` at the call, and so does a call without a type,
 * which could let nothing through.
 *
 * @param types one or more event types, in upper and lower case as the server writes them; `'message'` for events without one
 *
 * @example
 * ```ts
 * fromEventSource('/chat/stream')
 *   .pipe(ofType('joined', 'left'))
 *   .subscribe(event => console.log(event.data, event.type === 'joined' ? 'is here' : 'is gone'));
 * ```
 */
export function ofType<In extends EventOrLifecycle, Type extends EventOf<In>['type']>(
  ...types: readonly [Type, ...Type[]]
): OperatorFunction<In, WithEvent<In, OfType<EventOf<In>, Type>>> {
  const given: readonly unknown[] = types;
  if (given.length === 0) throw new TypeError('Expected event types for the option `types`, but got none');
  for (const type of given) checkGiven('types', type, ['event types', value => typeof value === 'string']);
  const wanted = new Set<string>(types);
  return filter((value): value is never => {
    const event = eventOf(value);
    return event === undefined || wanted.has(event.type);
  });
}
