import { check, checkEach, checkGiven } from '#check';
import { asyncScheduler, Observable, type OperatorFunction } from 'rxjs';
import { FUNCTION, OBJECT } from '../kind.js';
import type { GapLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type ConnectionState, ConnectionTracker } from './connection-state.js';
import type { EventOf } from './event-of.js';
import type { LifecycleStep } from './lifecycle-step.js';

/** The functions of `routeTo` and `toActions`, for a lifecycle with the events `Event` and the snapshots `Snapshot`. All are optional. */
export interface Routes<Event extends ServerSentEvent<unknown>, Snapshot = never> {
  /** A function for each type of event. Events of a type without a function are dropped. */
  readonly events?: EventRoutes<Event>;
  /** Called for each change of the connection, in order with the events. */
  readonly state?: (state: ConnectionState) => unknown;
  /** Called for each gap: something may be missing. */
  readonly gap?: (gap: GapLifecycle) => unknown;
  /**
   * Called for each gap, after `gap`, if there is no `snapshot`: what the store holds may be incomplete, and may come again. It is never
   * called for the first `open`.
   */
  readonly reset?: (gap: GapLifecycle) => unknown;
  /** Called with what `withSnapshot` has loaded: what the store holds from now on. The events that follow are those it doesn't hold. */
  readonly snapshot?: [Snapshot] extends [never]
    ? 'The lifecycle has no snapshots: put withSnapshot before'
    : (snapshot: Snapshot) => unknown;
}

/** The functions for the events `Event`, by their type. */
export type EventRoutes<Event extends ServerSentEvent<unknown>> = [Routed<Event>] extends [never]
  ? 'The types of the events are not known: put decode or ofEventType before'
  : {
      readonly [Type in Routed<Event>['type']]?: (
        data: Extract<Event, { readonly type: Type }>['data'],
        event: Extract<Event, { readonly type: Type }>,
      ) => unknown;
    };

/** The events that there can be a function for: those whose type is known. */
type Routed<Event extends ServerSentEvent<unknown>> = Event extends unknown
  ? string extends Event['type']
    ? never
    : Event
  : never;

/** The routes that a lifecycle with the steps `In` can have. */
export type RoutesOf<In> = Routes<Extract<EventOf<In>, ServerSentEvent<unknown>>, SnapshotOf<In>>;

/** What the snapshot steps among the steps `In` hold. */
type SnapshotOf<In> = In extends SnapshotLifecycle<infer Snapshot> ? Snapshot : never;

/** What is wrong with the routes `Made`, as the type that each wrong one would need. */
export type RefusedRoutes<Made, Allowed extends { readonly events?: unknown }> = Readonly<
  Record<Exclude<keyof Made, keyof Allowed>, 'Functions for events go into `events`'>
> & {
  readonly events?: Readonly<
    Record<Exclude<keyof EventsOf<Made>, keyof EventsOf<Allowed>>, 'No event of the lifecycle has this type'>
  >;
};

type EventsOf<Made> = Made extends { readonly events?: infer Events } ? NonNullable<Events> : never;

/** What the functions of `Made` return, without what stands for no action. */
export type ActionOf<Made> = Exclude<
  Returned<Made> | Returned<EventsOf<Made>>,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return gives
  void | null | undefined
>;

type Returned<Functions> = {
  [Key in keyof Functions]: Functions[Key] extends ((...input: never) => infer Action) | undefined ? Action : never;
}[keyof Functions];

/**
 * Turns a lifecycle into actions, for any store that takes actions. Events, connection, gaps and snapshots come in one order. The functions
 * for events are checked against the types that `decode` made; `ofEventType` gives types to events that are left as text.
 *
 * - `events: { [type]: (data, event) => action }` for the events of a type. Those without a function are dropped.
 * - `state: state => action` for each change of the connection, as `connectionState` emits it.
 * - `gap: gap => action` for each gap: something may be missing.
 * - `reset: gap => action` for each gap, after `gap`, if there is no `snapshot`: what the store holds may be incomplete, and may come again.
 *   The first `open` is no gap.
 * - `snapshot: snapshot => action` for what `withSnapshot` has loaded.
 *
 * A function that returns `undefined` or `null` makes no action.
 *
 * It completes with the source, and `state` is `closed` then, also if `takeUntil` cut the source off. If the source errors, the last `state`
 * is `failed`, and it completes; without a `state`, it errors. It errors with what the functions throw. Unsubscribing unsubscribes from the
 * source, and no function is called any more.
 *
 * @param routes the functions; one of a wrong type, or under an unknown name, throws a `TypeError` at the call
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
  // A type parameter takes any object that has what it asks for, and more: a misspelt route is the more.
  routes: Made & RefusedRoutes<Made, RoutesOf<In>>,
): OperatorFunction<In, ActionOf<Made>> {
  const { events, state, gap, reset, snapshot } = checkRoutes(routes);
  // A type may be named as something that every object has: `constructor`.
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
          // The action for the gap may have been the last that was wanted.
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
      throw new TypeError(
        `Expected the functions for events within the option \`events\`, but got the option \`${name}\``,
      );
    }
  }
  return { events, state, gap, reset, snapshot };
}
