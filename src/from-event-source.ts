import { Observable } from 'rxjs';
import { EventSourceAttempts } from './connection/event-source-attempts.js';
import { Delivery } from './life/delivery.js';
import { runLife } from './life/run-life.js';
import type { EventSourceLifecycle, Item, ServerSentEvent } from './lifecycle.js';
import { type EventSourceOptions, resolveOptions } from './options.js';
import { Position } from './position/position.js';

/**
 * Creates a cold Observable of the events of a stream. It connects when you subscribe, reconnects and resumes
 * automatically, and releases everything when you unsubscribe. Two subscriptions open two connections.
 *
 * Emits each event that the server sends.
 *
 * Completes after the last event (`isLast`), when the server responds with 204, or when `prepare` or `resume` returns
 * `null`. After a clean end, it completes if the policy doesn't reconnect: by default, it reconnects for GET but not
 * for other methods.
 *
 * Errors with an `EventSourceError` if reconnecting wouldn't help or `reconnect.count` is reached. Also errors with
 * whatever your own functions among the options throw. Throws a `TypeError` at the call if an option has the wrong
 * type.
 *
 * Unsubscribing aborts the request, cancels the body, and clears every timer and listener. Nothing is emitted
 * afterwards, not even the rest of a chunk.
 *
 * Each reconnect sends the id of the last event as `Last-Event-ID`. When a subscription ends, the Observable keeps its
 * position, and the next subscription continues from there (`retry`, `repeat`, `share`, `switchMap`). To start from the
 * beginning with every subscription, use `defer(() => fromEventSource(url))`.
 *
 * @param url the URL of the stream; in a browser, it can be relative to the page
 * @param options the options of `fetch` and `EventSourceOptions`; all are optional
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
 * Like `fromEventSource`, but emits everything that happens on the stream, in order, as one discriminated union:
 * attempts, responses, events, comments, gaps, waits, pauses, and the reason for closing. Use it if you need state and
 * events in one order, for example in a store.
 *
 * Connects, reconnects, resumes, completes, errors and tears down exactly like `fromEventSource`.
 *
 * @param url the URL of the stream; in a browser, it can be relative to the page
 * @param options the options of `fetch` and `EventSourceOptions`; all are optional
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
