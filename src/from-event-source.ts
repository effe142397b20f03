import { Observable } from 'rxjs';
import { EventSourceAttempts } from './connection/event-source-attempts.js';
import { Delivery } from './life/delivery.js';
import { runLife } from './life/run-life.js';
import type { EventSourceLifecycle, Item, ServerSentEvent } from './lifecycle.js';
import { type EventSourceOptions, resolveOptions } from './options.js';
import { Position } from './position/position.js';

/**
 * The events of a stream, as one cold Observable. It connects when you subscribe, reconnects and resumes by itself, and leaves nothing behind
 * when you unsubscribe. Two subscriptions are two connections.
 *
 * It emits each event that the server sends. It completes after the last event (`isLast`), when the server answers 204, when `prepare` or `resume`
 * returns `null`, and after a clean end if the policy doesn't reconnect then (by default it does for GET, and doesn't for other methods). It
 * errors with an `EventSourceError` if reconnecting would not help or `reconnect.count` is spent, and with whatever your own functions among
 * the options throw. Options of a wrong type throw a `TypeError` at the call.
 *
 * Unsubscribing aborts the request, cancels the body, and clears every timer and listener. Nothing is emitted after it, not even
 * the rest of a chunk.
 *
 * Each reconnect sends the id of the last event as `Last-Event-ID`. A subscription that ends leaves its position with the Observable, and the next
 * one goes on from there (`retry`, `repeat`, `share`, `switchMap`). For a fresh start with every subscription:
 * `defer(() => fromEventSource(url))`.
 *
 * @param url where the stream is; relative to the page in a browser
 * @param options those of `fetch` and of `EventSourceOptions`; all may be left out
 *
 * @example
 * ```ts
 * const subscription = fromEventSource('/chat/stream').subscribe(event => {
 *   console.log(event.type, event.data, event.lastEventId);
 * });
 * subscription.unsubscribe();
 * ```
 */
export function fromEventSource(url: string | URL, options: EventSourceOptions = {}): Observable<ServerSentEvent> {
  return eventSource(url, options, selectEvents);
}

/**
 * Everything that happens on a stream, in order, as one discriminated union: attempts, answers, events, comments, gaps, waits, pauses, and why
 * it closed. State and events in one order are what a store needs.
 *
 * It is `fromEventSource` before it is narrowed to the events: it connects, reconnects, resumes, completes, errors and tears down
 * in the same way.
 *
 * @param url where the stream is; relative to the page in a browser
 * @param options those of `fetch` and of `EventSourceOptions`; all may be left out
 *
 * @example
 * ```ts
 * fromEventSourceLifecycle('/chat/stream').subscribe(step => {
 *   if (step.kind === 'open') console.log('back after', step.downtime, 'ms, resumed from', step.resumedFrom);
 *   if (step.kind === 'event') console.log(step.event.data);
 *   if (step.kind === 'waiting') console.log('next attempt in', step.delay, 'ms');
 * });
 * ```
 */
export function fromEventSourceLifecycle(
  url: string | URL,
  options: EventSourceOptions = {},
): Observable<EventSourceLifecycle> {
  return eventSource(url, options, selectAll);
}

const selectEvents = (item: Item): ServerSentEvent | undefined => (item.kind === undefined ? item : undefined);

const selectAll = (item: Item): EventSourceLifecycle =>
  item.kind === undefined ? { kind: 'event', event: item } : item;

function eventSource<T>(
  url: string | URL,
  options: EventSourceOptions,
  select: (item: Item) => T | undefined,
): Observable<T> {
  const settings = resolveOptions(url, options);
  const position = new Position(settings.lastEventId);

  return new Observable<T>(subscriber => {
    const cursor = position.enter(subscriber);
    const delivery = new Delivery(subscriber, cursor, settings.deliver, select);
    subscriber.add(delivery);
    runLife(new EventSourceAttempts(settings, cursor, delivery, subscriber), delivery, subscriber);
  });
}
