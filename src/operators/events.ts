import { filter, map, type OperatorFunction } from 'rxjs';
import type { EventLifecycle, ServerSentEvent } from '../lifecycle.js';
import type { EventOf } from './event-of.js';
import type { LifecycleStep } from './lifecycle-step.js';

/**
 * Keeps only the events of a lifecycle: the same events as `fromEventSource`, decoded if you use `decode`.
 *
 * Completes and errors with the source. Unsubscribing unsubscribes from the source.
 *
 * @example
 * ```ts
 * const shared$ = fromEventSourceLifecycle('/prices').pipe(decode(json<Price>()), shareLifecycle());
 * shared$.pipe(events()).subscribe(({ data }) => console.log(data.symbol, data.price));
 * shared$.pipe(connectionState()).subscribe(({ status }) => console.log(status));
 * ```
 */
export function events<In extends LifecycleStep>(): OperatorFunction<In, EventOf<In>> {
  return source =>
    source.pipe(
      filter((step: LifecycleStep): step is EventLifecycle<ServerSentEvent<unknown>> => step.kind === 'event'),
      map(({ event }) => event as EventOf<In>),
    );
}
