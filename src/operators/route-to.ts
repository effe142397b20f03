import { ignoreElements, type OperatorFunction } from 'rxjs';
import type { EventSourceLifecycle, ServerSentEvent } from '../lifecycle.js';
import type { EventOf } from './event-of.js';
import { type Routes, toActions } from './to-actions.js';

/**
 * Calls a function for each step of a lifecycle that a store cares for: of the events by their type, of how the connection stands, and of
 * the need to start over. The functions are those of `toActions`, called for what they do: nothing comes out.
 *
 * - `{ [type]: (data, event) => … }` for the events of a type. Those without a function are dropped.
 * - `state: state => …` for each change of the connection (`connectionState`), in order with the events.
 * - `reset: () => …` for an `open` that did not resume, before its `state`: what the store holds may be old, or come again.
 *
 * It completes with the source, also where `takeUntil` cut that off: then `state` is `closed`. Where there is a `state`, a source that
 * errors is its last value (`failed`), and it completes; without one, it errors. It errors with what the functions throw.
 * Unsubscribing unsubscribes from the source, and no function is called any more.
 *
 * @param routes the functions; what is not one throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * const prices = new Map<string, number>();
 * fromEventSourceLifecycle('/market')
 *   .pipe(
 *     decode({ price: json<Price>() }),
 *     routeTo({
 *       price: ({ symbol, price }) => prices.set(symbol, price),
 *       state: ({ status }) => console.log(status),
 *       reset: () => prices.clear(),
 *     }),
 *   )
 *   .subscribe();
 * ```
 */
export function routeTo<In extends EventSourceLifecycle<ServerSentEvent<unknown>>>(
  routes: Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>>,
): OperatorFunction<In, never> {
  const call = toActions<In, Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>>>(routes);
  return source => source.pipe(call, ignoreElements());
}
