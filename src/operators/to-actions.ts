import { asyncScheduler, Observable, type OperatorFunction } from 'rxjs';
import { checkEach, checkGiven, FUNCTION, OBJECT } from '../check.js';
import type { EventSourceLifecycle, ServerSentEvent } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type ConnectionState, ConnectionTracker } from './connection-state.js';
import type { EventOf } from './event-of.js';

/** A function for each type of the events `Event`, and what is not an event: all may be left out. */
export type Routes<Event extends ServerSentEvent<unknown>> = {
  readonly [Type in Routed<Event>['type']]?: (
    data: Extract<Event, { readonly type: Type }>['data'],
    event: Extract<Event, { readonly type: Type }>,
  ) => unknown;
} & {
  /** Asked with each change of how the connection stands. */
  readonly state?: (state: ConnectionState) => unknown;
  /**
   * Asked before the events of a connection that resumed from nowhere: what was missed, and whether what comes has come before, the
   * server could not know.
   */
  readonly reset?: () => unknown;
};

/** The events that a route can be for: where types are known at all, those that are not taken for something else. */
type Routed<Event extends ServerSentEvent<unknown>> = Event extends unknown
  ? string extends Event['type']
    ? never
    : Event['type'] extends 'state' | 'reset'
      ? never
      : Event
  : never;

/** What the functions of `Made` give, less what stands for nothing. */
export type ActionOf<Made> = Exclude<
  {
    [Key in keyof Made]: Made[Key] extends ((...input: never) => infer Action) | undefined ? Action : never;
  }[keyof Made],
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return gives
  void | null | undefined
>;

/**
 * Makes actions of a lifecycle, for any store that takes actions: of the events by their type, of how the connection stands, and of
 * the need to start over. The events are those of `decode`, whose types and data the functions are checked against; `ofType` gives
 * types to events that are left as text.
 *
 * - `{ [type]: (data, event) => action }` for the events of a type. Those without a function are dropped.
 * - `state: state => action` for each change of the connection (`connectionState`), in order with the events.
 * - `reset: () => action` for an `open` that did not resume, before its `state`: what the store holds may be old, or come again.
 *
 * A function that gives `undefined` or `null` makes no action. Event types named `state` and `reset` cannot be told from these
 * two, and are dropped.
 *
 * It completes with the source, also where `takeUntil` cut that off: then `state` is `closed`. Where there is a `state`, a source that
 * errors is its last value (`failed`), and it completes; without one, it errors. It errors with what the functions throw.
 * Unsubscribing unsubscribes from the source, and no function is called any more.
 *
 * @param routes the functions; what is not one throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/market')
 *   .pipe(
 *     decode({ price: json<Price>() }),
 *     toActions({
 *       price: price => ({ type: 'market/priced', payload: price }),
 *       state: state => ({ type: 'market/connection', payload: state }),
 *       reset: () => ({ type: 'market/reset' }),
 *     }),
 *   )
 *   .subscribe(action => console.log(action.type));
 * ```
 */
export function toActions<
  In extends EventSourceLifecycle<ServerSentEvent<unknown>>,
  Made extends Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>>,
>(
  // A type parameter takes any object that has what it asks for, and more: a misspelt route is the more.
  routes: Made &
    Readonly<Record<Exclude<keyof Made, keyof Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>>>, never>>,
): OperatorFunction<In, ActionOf<Made>> {
  checkGiven('routes', routes, OBJECT);
  const { state, reset, ...byType } = routes as Readonly<
    Record<string, ((...input: unknown[]) => unknown) | undefined>
  >;
  checkEach(Object.fromEntries(Object.keys(routes).map(name => [name, FUNCTION])), routes);
  // A type may be named as something that every object has: `constructor`.
  const routeOf = new Map(Object.entries(byType));

  return source =>
    new Observable(subscriber => {
      const tracker = new ConnectionTracker(asyncScheduler);
      const dispatch = (action: unknown) => {
        if (action !== undefined && action !== null) subscriber.next(action as ActionOf<Made>);
      };
      const dispatchState = (changed: ConnectionState | undefined) => {
        // `reset` may have been the last that was wanted.
        if (changed && !subscriber.closed) dispatch(state?.(changed));
      };
      const take = (step: In) => {
        if (step.kind === 'open' && step.resumedFrom === '') dispatch(reset?.());
        dispatchState(tracker.follow(step));
        if (step.kind === 'event') dispatch(routeOf.get(step.event.type)?.(step.event.data, step.event));
      };
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => attempt(() => take(step)),
        error: (error: unknown) =>
          state
            ? attempt(() => {
                dispatchState(tracker.fail(error));
                subscriber.complete();
              })
            : subscriber.error(error),
        complete: () =>
          attempt(() => {
            dispatchState(tracker.complete());
            subscriber.complete();
          }),
      });

      function attempt(run: () => void) {
        try {
          run();
        } catch (error) {
          subscriber.error(error);
        }
      }
    });
}
