import { Observable, type Unsubscribable } from 'rxjs';
import { type Attempt, buildRequest } from './connection/build-request.js';
import { checkResponse } from './connection/check-response.js';
import type { ResponseLike } from './connection/fetch-like.js';
import { fetchResponse } from './connection/fetch-response.js';
import { pageStays } from './connection/page-stays.js';
import { cancelBody, readBody } from './connection/read-body.js';
import { Delivery } from './delivery.js';
import type {
  Batch,
  ClosedLifecycle,
  EventSourceLifecycle,
  Item,
  OpenLifecycle,
  ServerSentEvent,
} from './lifecycle.js';
import { type EventSourceOptions, resolveOptions, type Settings } from './options.js';
import { ItemParser, type RetryTimes } from './parsing/item-parser.js';
import { sendableLastEventId } from './position/carry-last-event-id.js';
import { type Cursor, Position, storeError } from './position/position.js';
import { Backoff } from './reconnection/backoff.js';
import type { ReconnectAttempt } from './reconnection/reconnect-policy.js';
import { type Attempts, runAttempts } from './reconnection/run-attempts.js';
import { andThen } from './settle.js';
import { takeUntilTeardown } from './take-until-teardown.js';

/**
 * The events of a stream, as one cold Observable: it connects when it is subscribed to, reconnects and resumes by itself, and
 * leaves nothing behind when it is unsubscribed from. Two subscriptions are two connections.
 *
 * It emits each event that the server sends. It completes when the server answers 204, when `prepare` answers `null`, and after a
 * clean end where the policy does not reconnect then (by default it does for GET, and does not for other methods). It errors with
 * an `EventSourceError` where reconnecting would not help or `reconnect.count` is spent, and with whatever the application's own
 * functions among the options throw; options of a wrong type throw a `TypeError` at the call.
 *
 * Unsubscribing aborts the request, cancels the body, and clears every timer and listener. Nothing is emitted after it, not even
 * the rest of a chunk.
 *
 * The Observable remembers the id of the last event that it delivered. Each reconnect sends it as `Last-Event-ID`, and so does a
 * subscription that starts when no other is live (`retry`, `repeat`, `share` after its count fell to zero). For a fresh start with
 * every subscription: `defer(() => fromEventSource(url))`.
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
 * All that happens on a stream, in order, as one discriminated union: attempts, answers, events, comments, waits, and why it closed.
 * State and events in one order are what a store needs.
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
    const cursor = position.enter();
    const delivery = new Delivery(subscriber, cursor, settings.deliver, select);
    subscriber.add(delivery);
    cursor
      .restore()
      .pipe(takeUntilTeardown(subscriber))
      .subscribe({
        error: (cause: unknown) => delivery.error(storeError('get', cause)),
        complete: () => runAttempts(new EventSourceAttempts(settings, cursor, delivery), delivery, subscriber),
      });
  });
}

/**
 * What every stream's end aborts its request with. It is one object, since making an `AbortError` for each costs far more than
 * aborting does.
 */
const UNSUBSCRIBED = /* @__PURE__ */ Object.assign(/* @__PURE__ */ new Error('The stream was unsubscribed from'), {
  name: 'AbortError',
});

/** The attempts of one subscription. There is one at a time, so what an attempt holds is held here. */
class EventSourceAttempts implements Attempts<Batch, Attempt>, RetryTimes, Unsubscribable {
  readonly policy;
  readonly scheduler;
  readonly backoff;
  readonly beforeFailure;
  private controller: AbortController | undefined;
  /** An answer whose body nobody reads yet. */
  private unread: ResponseLike | undefined;
  private isOpen = false;
  private lostAt: number | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly cursor: Cursor,
    private readonly delivery: Delivery<unknown>,
  ) {
    this.policy = settings.reconnect;
    this.scheduler = settings.scheduler;
    this.backoff = new Backoff(settings.reconnect.backoff);
    this.beforeFailure = pageStays(settings.scheduler);
  }

  describe({ count, error }: ReconnectAttempt): Attempt {
    const { lastEventId } = this.cursor;
    return error === undefined ? { count, lastEventId } : { count, lastEventId, error };
  }

  /** One attempt: request → fetch → checked response → bytes → items. A step that has brought its value is let go. */
  connect(attempt: Attempt): Observable<Batch> {
    const { settings } = this;
    return new Observable<Batch>(subscriber => {
      subscriber.next([{ kind: 'connecting', attempt: attempt.count, lastEventId: attempt.lastEventId }]);
      const { signal } = (this.controller = new AbortController());
      subscriber.add(this);

      const batches = buildRequest(settings, attempt).pipe(
        andThen(request =>
          fetchResponse(request, signal, settings).pipe(
            andThen(response => {
              this.unread = response;
              // An answer that was made and not fetched has no URL of its own.
              const url = response.url || request.url;
              return checkResponse(response, url, settings).pipe(
                andThen(() => {
                  subscriber.next([this.open(attempt, url, response)]);
                  return this.items(attempt, url, response);
                }),
              );
            }),
          ),
        ),
      );
      batches.subscribe(subscriber);
    });
  }

  /** However an attempt ends, all that it holds is let go: not every transport listens to its signal. */
  unsubscribe(): void {
    this.controller?.abort(UNSUBSCRIBED);
    if (this.unread) cancelBody(this.unread);
    if (this.isOpen) this.lostAt = this.scheduler.now();
    this.unread = this.controller = undefined;
    this.isOpen = false;
  }

  private open({ lastEventId }: Attempt, url: string, response: ResponseLike): OpenLifecycle {
    const { settings, scheduler, lostAt } = this;
    this.isOpen = true;
    return {
      kind: 'open',
      url,
      status: response.status,
      headers: response.headers as Headers,
      resumedFrom: sendableLastEventId(lastEventId, settings.lastEventIdParam),
      // A clock may be set back.
      downtime: lostAt === undefined ? 0 : Math.max(0, scheduler.now() - lostAt),
    };
  }

  private items({ lastEventId }: Attempt, url: string, response: ResponseLike): Observable<Batch> {
    const { settings, delivery } = this;
    this.unread = undefined;
    const parser = new ItemParser({ url, lastEventId, maxEventSize: settings.maxEventSize }, this);
    return readBody(response, url, parser, settings, delivery);
  }

  acceptRetryTime(time: number): number | undefined {
    const { serverDelay } = this.policy;
    const isAccepted = typeof serverDelay === 'function' ? serverDelay(time) : serverDelay;
    return isAccepted ? this.backoff.setDelay(time) : undefined;
  }

  isProgress(batch: Batch): boolean {
    return batch.some(item => item.kind === undefined);
  }

  waiting(delay: number | undefined, { count, error }: Attempt): Batch {
    return [{ kind: 'waiting', delay, attempt: count, ...(error === undefined ? {} : { error }) }];
  }

  closed(reason: ClosedLifecycle['reason']): Batch {
    return [{ kind: 'closed', reason }];
  }
}
