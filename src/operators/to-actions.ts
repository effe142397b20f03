import { check, checkEach, checkGiven } from '#check';
import { asyncScheduler, Observable, type OperatorFunction } from 'rxjs';
import { FUNCTION, OBJECT } from '../kind.js';
import type { GapLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type ConnectionState, ConnectionTracker } from './connection-state.js';
import type { EventOf } from './event-of.js';
import type { LifecycleStep } from './lifecycle-step.js';

/**
 * The functions of `routeTo` and `toActions`, for a lifecycle with the events `Event` and the snapshots `Snapshot`. All
 * are optional.
 */
export interface Routes<Event extends ServerSentEvent<unknown>, Snapshot = never> {
  /** A function for each event type. Events of other types are dropped. */
  readonly events?: EventRoutes<Event>;
  /** Called for each change of the connection, in order with the events. */
  readonly state?: (state: ConnectionState) => unknown;
  /** Called for each gap: something may be missing. */
  readonly gap?: (gap: GapLifecycle) => unknown;
  /**
   * Called for each gap, after `gap`, if there is no `snapshot`. The data of the store may be incomplete, and may be
   * sent again. Not called for the first `open`.
   */
  readonly reset?: (gap: GapLifecycle) => unknown;
  /**
   * Called with each snapshot of `withSnapshot`, which replaces the data of the store. Only events that it doesn't
   * contain follow.
   */
  readonly snapshot?: [Snapshot] extends [never]
    ? 'The lifecycle has no snapshots: put withSnapshot before'
    : (snapshot: Snapshot) => unknown;
}

/** The functions for the events `Event`, by type. */
export type EventRoutes<Event extends ServerSentEvent<unknown>> = [Routed<Event>] extends [never]
  ? 'The types of the events are not known: put decode or ofEventType before'
  : {
      readonly [Type in Routed<Event>['type']]?: (
        data: Extract<Event, { readonly type: Type }>['data'],
        event: Extract<Event, { readonly type: Type }>,
      ) => unknown;
    };

/** The events that can have a function: those with a known type. */
type Routed<Event extends ServerSentEvent<unknown>> = Event extends unknown
  ? string extends Event['type']
    ? never
    : Event
  : never;

/** The routes for a lifecycle with the steps `In`. */
export type RoutesOf<In> = Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>, SnapshotOf<In>>;

/** The snapshots among the steps `In`. */
type SnapshotOf<In> = In extends SnapshotLifecycle<infer Snapshot> ? Snapshot : never;

/** The errors in the routes `Made`, as the type that each wrong route should have. */
export type RefusedRoutes<Made, Allowed extends { readonly events?: unknown }> = Readonly<
  Record<Exclude<keyof Made, keyof Allowed>, 'Functions for events go into `events`'>
> & {
  readonly events?: Readonly<
    Record<Exclude<keyof EventsOf<Made>, keyof EventsOf<Allowed>>, 'No event of the lifecycle has this type'>
  >;
};

type EventsOf<Made> = Made extends { readonly events?: infer Events } ? NonNullable<Events> : never;

/** The results of the functions in `Made`, without the values that mean "no action". */
export type ActionOf<Made> = Exclude<
  Returned<Made> | Returned<EventsOf<Made>>,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return gives
  void | null | undefined
>;

type Returned<Functions> = {
  [Key in keyof Functions]: Functions[Key] extends ((...input: never) => infer Action) | undefined ? Action : never;
}[keyof Functions];

/**
 * Turns a lifecycle into actions, for any store that handles actions. Events, connection, gaps and snapshots come in
 * one order. The functions for events are checked against the types from `decode`. For undecoded events, `ofEventType`
 * provides the types.
 *
 * - `events: { [type]: (data, event) => action }` for the events of a type. Events without a function are dropped.
 * - `state: state => action` for each change of the connection, as in `connectionState`.
 * - `gap: gap => action` for each gap: something may be missing.
 * - `reset: gap => action` for each gap, after `gap`, if there is no `snapshot`. The data of the store may be
 *   incomplete, and may be sent again. Not called for the first `open`.
 * - `snapshot: snapshot => action` for each snapshot of `withSnapshot`.
 *
 * If a function returns `undefined` or `null`, nothing is emitted.
 *
 * Completes with the source; the last `state` is `closed`, even if `takeUntil` cut the source off. If the source
 * errors, the last `state` is `failed`, and the result completes. Without a `state` function, it errors. Also errors
 * with whatever the functions throw. Unsubscribing unsubscribes from the source, and no function is called afterwards.
 *
 * @param routes the functions; throws a `TypeError` at the call for a wrong type or an unknown name
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/market')
 *   .pipe(
 *     decode({ price: json<Price>() }),
 *     toActions({
 *       events: { price: price => ({ type: 'market/priced', payload: price }) },
 *       state: state => ({ type: 'market/connection', payload: state }),
 *       reset: () => ({ type: 'market/reset' }),
 *     }),
 *   )
 *   .subscribe(action => console.log(action.type));
 * ```
 */
export function toActions<In extends LifecycleStep, Made extends RoutesOf<In>>(
  // A type parameter allows extra properties, so a misspelled route would pass.
  routes: Made & RefusedRoutes<Made, RoutesOf<In>>,
): OperatorFunction<In, ActionOf<Made>> {
  const { events, state, gap, reset, snapshot } = checkRoutes(routes);
  // A `Map`, because a type can be a property of every object, such as `constructor`.
  const routeOf = new Map(Object.entries(events));

  return source =>
    new Observable(subscriber => {
      const tracker = new ConnectionTracker(asyncScheduler);
      const dispatch = (action: unknown) => {
        if (action !== undefined && action !== null) subscriber.next(action as ActionOf<Made>);
      };
      const dispatchState = (changed: ConnectionState | undefined) => {
        if (changed) dispatch(state?.(changed));
      };
      const take = (step: LifecycleStep) => {
        if (step.kind === 'event') dispatch(routeOf.get(step.event.type)?.(step.event.data, step.event));
        else if (step.kind === 'snapshot') dispatch(snapshot?.(step.snapshot));
        else if (step.kind === 'gap') {
          dispatch(gap?.(step));
          // The subscriber may have unsubscribed after the action for the gap.
          if (!snapshot && !subscriber.closed) dispatch(reset?.(step));
        }
        dispatchState(tracker.follow(step));
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

type Route = ((...input: readonly unknown[]) => unknown) | undefined;

type RoutesByName = Readonly<Record<string, Route>>;

const ROUTE_KINDS = { events: OBJECT, state: FUNCTION, gap: FUNCTION, reset: FUNCTION, snapshot: FUNCTION };

function checkRoutes(routes: object) {
  checkGiven('routes', routes, OBJECT);
  checkEach(ROUTE_KINDS, routes);
  const { events = {}, ...calls } = routes as { readonly events?: RoutesByName };
  for (const [type, route] of Object.entries(events)) check(`events.${type}`, route, FUNCTION);
  const { state, gap, reset, snapshot, ...others } = calls as RoutesByName;
  for (const [name, route] of Object.entries(others)) {
    if (route !== undefined) {
      throw new TypeError(`Unknown option \`${name}\`: put functions for events into the option \`events\``);
    }
  }
  return { events, state, gap, reset, snapshot };
}
