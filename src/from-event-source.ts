import { catchError, concat, finalize, Observable, of, switchMap } from 'rxjs';
import { abortable } from './connection/abortable.js';
import { type Attempt, buildRequest } from './connection/build-request.js';
import { checkResponse } from './connection/check-response.js';
import { failUnlessLeft } from './connection/fail-unless-left.js';
import type { ResponseLike } from './connection/fetch-like.js';
import { fetchResponse } from './connection/fetch-response.js';
import { cancelBody, readBody } from './connection/read-body.js';
import { StreamClosed } from './connection/stream-closed.js';
import { Delivery } from './delivery.js';
import type { Batch, EventSourceLifecycle, OpenLifecycle, ServerSentEvent } from './lifecycle.js';
import { type EventSourceOptions, resolveOptions, type Settings } from './options.js';
import { parseItems } from './parsing/parse-items.js';
import { sendableLastEventId } from './position/carry-last-event-id.js';
import { Position } from './position/position.js';
import { Backoff } from './reconnection/backoff.js';
import { runAttempts } from './reconnection/run-attempts.js';

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
  return eventSource(url, options, item => (item.kind === 'event' ? item.event : undefined));
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
  return eventSource(url, options, item => item);
}

function eventSource<T>(
  url: string | URL,
  options: EventSourceOptions,
  select: (item: EventSourceLifecycle) => T | undefined,
): Observable<T> {
  const settings = resolveOptions(url, options);
  const position = new Position(settings.lastEventId);

  return new Observable<T>(subscriber => {
    const cursor = position.enter();
    subscriber.add(() => cursor.leave());
    const delivery = new Delivery(cursor, settings.deliver, select);
    const stream = cursor.restore().pipe(
      switchMap(() =>
        connectAgainAndAgain(
          settings,
          () => cursor.lastEventId,
          () => delivery.pending,
        ),
      ),
    );
    delivery.handOut(stream).subscribe(subscriber);
  });
}

/** The whole life of one subscription's stream, attempt after attempt. */
function connectAgainAndAgain(
  settings: Settings,
  lastEventId: () => string,
  pending: () => PromiseLike<unknown> | undefined,
): Observable<Batch> {
  const { reconnect: policy, scheduler } = settings;
  const backoff = new Backoff(policy.backoff);
  let lostAt: number | undefined;

  // One attempt: request → fetch → checked response → bytes → items.
  const connect = (attempt: Attempt): Observable<Batch> =>
    abortable(signal =>
      buildRequest(settings, attempt).pipe(
        switchMap(request =>
          fetchResponse(request, signal, settings).pipe(
            switchMap(response => {
              // An answer that was made and not fetched has no URL of its own.
              const url = response.url || request.url;
              return checkResponse(response, url, settings).pipe(
                switchMap(() => concat(of([open(attempt, url, response)]), items(attempt, url, response))),
                // However it ends, read or unread, the body is let go: not every transport listens to its signal.
                finalize(() => cancelBody(response)),
              );
            }),
          ),
        ),
      ),
    );

  const open = ({ lastEventId }: Attempt, url: string, response: ResponseLike): OpenLifecycle => ({
    kind: 'open',
    url,
    status: response.status,
    headers: response.headers as Headers,
    resumedFrom: sendableLastEventId(lastEventId, settings.lastEventIdParam),
    // A clock may be set back.
    downtime: lostAt === undefined ? 0 : Math.max(0, scheduler.now() - lostAt),
  });

  const items = ({ lastEventId }: Attempt, url: string, response: ResponseLike): Observable<Batch> =>
    readBody(response, { ...settings, url, pending }).pipe(
      parseItems({
        url,
        lastEventId,
        maxEventSize: settings.maxEventSize,
        acceptRetryTime: time => (policy.acceptsDelay(time) ? backoff.setDelay(time) : undefined),
      }),
      finalize(() => (lostAt = scheduler.now())),
    );

  return runAttempts<Batch, Attempt>({
    policy,
    backoff,
    scheduler,
    describe: attempt => ({ ...attempt, lastEventId: lastEventId() }),
    connect: attempt =>
      concat(
        of<Batch>([{ kind: 'connecting', attempt: attempt.count, lastEventId: attempt.lastEventId }]),
        connect(attempt).pipe(
          catchError((error: unknown) =>
            error instanceof StreamClosed
              ? of<Batch>([{ kind: 'closed', reason: error.reason }])
              : failUnlessLeft(error),
          ),
        ),
      ),
    isProgress: batch => batch.some(item => item.kind === 'event'),
    isLast: batch => batch[batch.length - 1]?.kind === 'closed',
    waiting: (delay, { count, error }) => [
      { kind: 'waiting', delay, attempt: count, ...(error === undefined ? {} : { error }) },
    ],
    closed: reason => [{ kind: 'closed', reason }],
  });
}
