import { ignoreElements, type OperatorFunction } from 'rxjs';
import type { LifecycleStep } from './lifecycle-step.js';
import { type RefusedRoutes, type RoutesOf, toActions } from './to-actions.js';

/**
 * Calls a function for each step of a lifecycle that a store needs. Events, connection, gaps and snapshots come in one
 * order. The functions are the same as for `toActions`, but their results are ignored: nothing is emitted.
 *
 * - `events: { [type]: (data, event) => … }` for the events of a type. Events without a function are dropped.
 * - `state: state => …` for each change of the connection, as in `connectionState`.
 * - `gap: gap => …` for each gap: something may be missing.
 * - `reset: gap => …` for each gap, after `gap`, if there is no `snapshot`. The data of the store may be incomplete,
 *   and may be sent again. Not called for the first `open`.
 * - `snapshot: snapshot => …` for each snapshot of `withSnapshot`.
 *
 * Completes with the source; the last `state` is `closed`, even if `takeUntil` cut the source off. If the source
 * errors, the last `state` is `failed`, and the result completes. Without a `state` function, it errors. Also errors
 * with whatever the functions throw. Unsubscribing unsubscribes from the source, and no function is called afterwards.
 *
 * @param routes the functions; throws a `TypeError` at the call for a wrong type or an unknown name
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
