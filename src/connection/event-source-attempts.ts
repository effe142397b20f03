import { newEncoder } from '#other-bodies';
import { notOpen, TRUNCATED } from '#texts';
import { Observable, type SchedulerLike, type Subscriber, type Subscription, type Unsubscribable } from 'rxjs';
import { monotonic } from '../clock.js';
import {
  ConnectionError,
  EventSourceError,
  EventSourceTimeoutError,
  ResponseStatusError,
  StreamTruncatedError,
} from '../errors.js';
import { Backoff } from '../life/backoff.js';
import type { Delivery } from '../life/delivery.js';
import type { Failure } from '../life/life.js';
import type { ReconnectAttempt, ResolvedPolicy } from '../life/reconnect-policy.js';
import { Rejected } from '../life/rejected.js';
import type { Attempts } from '../life/run-life.js';
import type { Batch, GapLifecycle, Item } from '../lifecycle.js';
import { ItemParser, type RetryTimes } from '../parsing/item-parser.js';
import { lastEventIdOf } from '../position/carry-last-event-id.js';
import type { Cursor } from '../position/position.js';
import { andThen } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';
import { type Attempt, buildRequest, type BuildRequestOptions } from './build-request.js';
import { checkResponse, type CheckResponseOptions } from './check-response.js';
import { type EventMarks, MarkedItems } from './event-marks.js';
import type { FetchLike, ResponseLike } from './fetch-like.js';
import { fetchResponse, type FetchResponseOptions } from './fetch-response.js';
import { canBeLeft, PageStays } from './page-stays.js';
import { cancelBody, readBody } from './read-body.js';

export interface AttemptOptions extends BuildRequestOptions, FetchResponseOptions, CheckResponseOptions, EventMarks {
  readonly reconnect: ResolvedPolicy<Attempt>;
  /**
   * Whether the first request can be repeated although nothing was received. This isn't the case for POST, unless you
   * ask for it.
   */
  readonly isRepeatable: boolean;
  readonly connectWhile: Observable<boolean> | undefined;
  readonly renew: Observable<unknown> | undefined;
  readonly connectTimeout: number | undefined;
  readonly idleTimeout: number | 'auto' | undefined;
  readonly maxEventSize: number;
  readonly scheduler: SchedulerLike;
  readonly fetch: FetchLike | undefined;
}

/**
 * The reason for aborting a request at the end of a stream. One object for all, because creating an `AbortError` costs
 * far more than aborting.
 */
const UNSUBSCRIBED = /* @__PURE__ */ Object.assign(/* @__PURE__ */ new Error('Unsubscribed'), {
  name: 'AbortError',
});

const NOTHING: Batch = [];

/** The statuses that reject a position: 409 Conflict, 410 Gone, 412 Precondition Failed. */
const REFUSALS = [409, 410, 412];

/**
 * The attempts of one subscription. There is only one at a time, so this object also holds the state of the current
 * attempt.
 */
export class EventSourceAttempts implements Attempts<Batch, Attempt>, RetryTimes, Unsubscribable {
  readonly clock;
  readonly backoff;
  private readonly page: PageStays | undefined;
  attempt: Attempt | undefined;
  private controller: AbortController | undefined;
  /**
   * A response of another transport whose body isn't being read yet. The platform's fetch needs only the abort: in a
   * worker in Firefox, the abort misses a response that has just arrived if its body is closed at the same time.
   */
  private unread: ResponseLike | undefined;
  private isOpen = false;
  /** When the last connection was lost. */
  private lostAt: number | undefined;
  /** The position that the request sent. */
  private sentId = '';
  /** The position that the server rejected, until a connection opens without it. */
  private refusedId: string | undefined;
  /** The batch with the last event. */
  private last = NOTHING;

  constructor(
    readonly settings: AttemptOptions,
    private readonly cursor: Cursor,
    private readonly delivery: Delivery<unknown>,
    owner: Subscription,
  ) {
    const { scheduler, reconnect } = settings;
    this.clock = monotonic(scheduler);
    this.backoff = new Backoff(reconnect.backoff);
    if (canBeLeft()) owner.add((this.page = new PageStays(scheduler, this.clock)));
  }

  describe({ count, error }: ReconnectAttempt): Attempt {
    const { received: lastEventId } = this.cursor;
    return error === undefined ? { count, lastEventId } : { count, lastEventId, error };
  }

  /**
   * Makes one attempt: store → request → fetch → checked response → bytes → items. Each step is released after its
   * value.
   */
  connect(next: ReconnectAttempt, opened: () => void): Observable<Batch> {
    const { settings, cursor } = this;
    return new Observable<Batch>(subscriber => {
      const { signal } = (this.controller = new AbortController());
      this.sentId = '';
      this.last = NOTHING;
      // `when` receives it even if the store doesn't answer in time.
      this.attempt = this.describe(next);
      subscriber.add(this);
      const deadline = this.watchConnecting(subscriber);

      const batches = cursor.restore().pipe(
        andThen(() => {
          const attempt = (this.attempt = this.describe(next));
          const { count, lastEventId } = attempt;
          subscriber.next([{ kind: 'connecting', attempt: count, lastEventId }]);
          return buildRequest(settings, attempt);
        }),
        andThen(request => {
          this.sentId = request.lastEventId;
          return fetchResponse(request, signal, settings).pipe(
            andThen(response => {
              if (settings.fetch) this.unread = response;
              // A response that was constructed rather than fetched has no URL.
              const url = response.url || request.url;
              return checkResponse(response, url, settings).pipe(
                andThen(() => {
                  deadline?.unsubscribe();
                  opened();
                  subscriber.next(this.open(url, response));
                  return this.items(url, response);
                }),
              );
            }),
          );
        }),
      );
      batches.subscribe(subscriber);
    });
  }

  /** Releases everything at the end of an attempt: not every transport listens to its signal. */
  unsubscribe(): void {
    const { controller, unread } = this;
    if (this.isOpen) this.lostAt = this.clock();
    this.unread = this.controller = undefined;
    this.isOpen = false;
    // Before the abort, because afterwards nothing is left to cancel.
    if (unread) cancelBody(unread);
    // Last, because a listener may start the next attempt.
    controller?.abort(UNSUBSCRIBED);
  }

  /** Limits the whole attempt, including the time your own functions take. */
  private watchConnecting(subscriber: Subscriber<Batch>): Unsubscribable | undefined {
    const { connectTimeout, scheduler, url } = this.settings;
    if (connectTimeout === undefined) return undefined;
    const deadline = scheduler.schedule(() => {
      subscriber.error(new EventSourceTimeoutError(notOpen(connectTimeout), { url }));
    }, connectTimeout);
    subscriber.add(deadline);
    return deadline;
  }

  private open(url: string, { status, headers }: ResponseLike): Batch {
    const { lostAt, sentId } = this;
    const downtime = lostAt === undefined ? 0 : Math.round(this.clock() - lostAt);
    const gap = this.gapOf(headers.get('last-event-id'));
    this.isOpen = true;
    this.refusedId = undefined;
    const open = { kind: 'open', url, status, headers: headers as Headers, resumedFrom: sentId, downtime } as const;
    return gap ? [open, gap] : [open];
  }

  /** Returns the gap that a response reports, if any. `header` is its `Last-Event-ID`. */
  private gapOf(header: string | null): GapLifecycle | undefined {
    const { sentId: sent, refusedId: refused, attempt, delivery } = this;
    if (refused !== undefined) return { kind: 'gap', requested: refused, resumed: '' };
    if (sent) {
      if (header === null) return undefined;
      const resumed = lastEventIdOf(header);
      // Some servers write an id as Latin-1, or encode its bytes twice (Node, with `flushHeaders` or a body of text).
      const isSent = [resumed, header, lastEventIdOf(resumed)].includes(sent);
      return isSent ? undefined : { kind: 'gap', requested: sent, resumed };
    }
    // Events were received, but the request didn't ask for the ones after them.
    return delivery.hasEvents ? { kind: 'gap', requested: attempt?.lastEventId ?? '', resumed: '' } : undefined;
  }

  private items(url: string, response: ResponseLike): Observable<Batch> {
    const { settings, delivery, attempt } = this;
    const { position, isGap, isLast, maxEventSize } = settings;
    const lastEventId = attempt?.lastEventId ?? '';
    this.unread = undefined;
    const parser = new ItemParser({ url, lastEventId, maxEventSize }, this, newEncoder);
    const chunks =
      (position ?? isGap ?? isLast)
        ? new MarkedItems(parser, settings, lastEventId, last => (this.last = last))
        : parser;
    const batches = readBody(response, url, chunks, settings, delivery);
    return isLast ? untilLast(batches, url) : batches;
  }

  beforeFailure(): Observable<unknown> | undefined {
    return this.page?.wait();
  }

  startOver(): void {
    this.refusedId = this.cursor.received;
    this.delivery.next([{ kind: 'position', lastEventId: '' }]);
  }

  judge(thrown: unknown): Failure {
    const { isRepeatable } = this.settings;
    const isRejected = thrown instanceof Rejected;
    const error = isRejected ? thrown.error : thrown;
    const retryable = error instanceof EventSourceError ? error.retryable : isRejected;
    return {
      error,
      retryable: retryable && (isRepeatable || this.cursor.received !== ''),
      isRefusal:
        isRepeatable && this.sentId !== '' && error instanceof ResponseStatusError && REFUSALS.includes(error.status),
    };
  }

  acceptRetryTime(time: number): number | undefined {
    const { serverDelay } = this.settings.reconnect;
    const isAccepted = typeof serverDelay === 'function' ? serverDelay(time) : serverDelay;
    return isAccepted ? this.backoff.setDelay(time) : undefined;
  }

  isProgress(batch: Batch): boolean {
    return batch.some(item => item.kind === undefined);
  }

  say(step: Item): Batch {
    return step.kind === 'closed' ? [...this.last, step] : [step];
  }
}

/** Errors with a `StreamTruncatedError` if `batches` end: the last event would have ended them earlier. */
function untilLast(batches: Observable<Batch>, url: string): Observable<Batch> {
  return new Observable(subscriber => {
    const truncated = (options?: ErrorOptions) =>
      subscriber.error(new StreamTruncatedError(TRUNCATED, { ...options, url }));
    batches.pipe(takeUntilTeardown(subscriber)).subscribe({
      next: batch => subscriber.next(batch),
      error: (cause: unknown) => {
        if (cause instanceof ConnectionError) truncated({ cause });
        else subscriber.error(cause);
      },
      complete: truncated,
    });
  });
}
