import { ignoreElements, type OperatorFunction } from 'rxjs';
import type { LifecycleStep } from './lifecycle-step.js';
import { type RefusedRoutes, type RoutesOf, toActions } from './to-actions.js';

/**
 * Calls a function for each step of a lifecycle that a store needs. Events, connection, gaps and snapshots come in one order. The functions
 * are those of `toActions`, called for what they do: nothing comes out.
 *
 * - `events: { [type]: (data, event) => … }` for the events of a type. Those without a function are dropped.
 * - `state: state => …` for each change of the connection, as `connectionState` emits it.
 * - `gap: gap => …` for each gap: something may be missing.
 * - `reset: gap => …` for each gap, after `gap`, if there is no `snapshot`: what the store holds may be incomplete, and may come again. The
 *   first `open` is no gap.
 * - `snapshot: snapshot => …` for what `withSnapshot` has loaded.
 *
 * It completes with the source, and `state` is `closed` then, also if `takeUntil` cut the source off. If the source errors, the last `state`
 * is `failed`, and it completes; without a `state`, it errors. It errors with what the functions throw. Unsubscribing unsubscribes from the
 * source, and no function is called any more.
 *
 * @param routes the functions; one of a wrong type, or under an unknown name, throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * const prices = new Map<string, number>();
 * fromEventSourceLifecycle('/market')
 *   .pipe(
 *     decode({ price: json<Price>() }),
 *     routeTo({
 *       events: { price: ({ symbol, price }) => prices.set(symbol, price) },
 *       state: ({ status }) => console.log(status),
 *       reset: () => prices.clear(),
 *     }),
 *   )
 *   .subscribe();
 * ```
 */
export function routeTo<In extends LifecycleStep, Made extends RoutesOf<In>>(
  routes: Made & RefusedRoutes<Made, RoutesOf<In>>,
): OperatorFunction<In, never> {
  const call = toActions<In, Made>(routes);
  return source => source.pipe(call, ignoreElements());
}
