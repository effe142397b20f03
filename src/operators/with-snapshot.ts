import { checkEach, checkGiven } from '#check';
import {
  asyncScheduler,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscriber,
  Subscription,
} from 'rxjs';
import { atLeast, FUNCTION, isObject, type Kind, OBJECT, SCHEDULER } from '../kind.js';
import { EventSourceError } from '../errors.js';
import type { LifecycleStep } from './lifecycle-step.js';
import { reconnect } from './reconnect.js';
import type { ReconnectPolicy } from '../life/reconnect-policy.js';
import type { EventLifecycle, ServerSentEvent, SnapshotLifecycle } from '../lifecycle.js';
import { type Answer, settle } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';

type AnyEvent = ServerSentEvent<unknown>;

/** The events of the steps `In`. The compiler looks `In` up here and never guesses it from what `isIn` takes. */
type EventIn<In extends LifecycleStep> = Extract<In, EventLifecycle<AnyEvent>>['event'];

/**
 * The options of `withSnapshot`.
 *
 * @example
 * ```ts
 * const options: SnapshotOptions<Price[]> = {
 *   load: () => fetch('/prices').then(response => response.json() as Promise<Price[]>),
 *   isIn: () => false,
 *   reconnect: { delay: 500, count: 10 },
 * };
 * ```
 */
export interface SnapshotOptions<Snapshot, Event = ServerSentEvent> {
  /**
   * Loads the snapshot: returns it, or a Promise or an Observable of it, of which the first value counts. The state that it returns must be at
   * least as new as the call. What it throws ends the stream; a rejection is retried.
   */
  readonly load: () => Answer<Snapshot>;
  /**
   * Whether the snapshot already holds what the event says: then the event is dropped. It is asked about each event behind a snapshot, the live
   * ones too: what the snapshot holds may still be on its way. So compare versions or positions; that an object is in the snapshot doesn't say that
   * its last change is. What it throws ends the stream.
   */
  readonly isIn: (event: Event, snapshot: Snapshot) => boolean;
  /**
   * How many events may wait for a snapshot. One more is a final `EventSourceError`.
   * @default 10_000
   */
  readonly bufferSize?: number | undefined;
  /**
   * When to try a load again that failed, or `false` for never. Each load counts its failures by itself.
   * @default the defaults of the operator `reconnect`: each error is retried, except a final `EventSourceError`
   */
  readonly reconnect?: Omit<ReconnectPolicy, 'serverDelay' | 'onEnd'> | false | undefined;
  /**
   * What the waits run on.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTION_KINDS: Record<Exclude<keyof SnapshotOptions<unknown>, 'load' | 'isIn'>, Kind> = {
  bufferSize: /* @__PURE__ */ atLeast(1, 'events'),
  reconnect: ['an object or false', value => value === false || isObject(value)],
  scheduler: SCHEDULER,
};

/**
 * Puts the whole state in front of the events that change it: loads a snapshot when the stream opens, and again after each `gap`. So a store
 * is never built on a hole, and no event is lost or applied twice between the two.
 *
 * It is piped behind a lifecycle, before or behind `decode`. When the stream opens it calls `load`, and keeps the events that come until the
 * answer is there. Then it emits `{ kind: 'snapshot', snapshot }`, the kept events in their order, and goes on live. Events that the snapshot
 * already holds (`isIn`) are dropped. All other steps pass at once, so the state of the connection stays true.
 *
 * - After a `gap` it loads again in the same way. A load that still runs is abandoned: an older answer never comes after a newer one.
 * - If the stream reconnects and resumes, nothing changes: events are complete, and a load goes on. A connection that had no position to resume
 *   from loads again.
 * - Behind `share()`, where a late subscriber doesn't hear of the `open`, it loads at the first event or comment.
 * - A load that fails is retried by the policy `reconnect`. When that gives up, the stream errors with the load's error.
 *
 * It completes with the source; if a snapshot is being loaded then, after that and its events. It errors at once with the source, and with what
 * `load` and `isIn` throw; it errors with an `EventSourceError` if more than `bufferSize` events wait, and if an Observable of `load` is empty.
 * Events that were waiting are dropped then, which loses nothing with `retry()` behind it: a new subscription loads a new snapshot.
 * Options of a wrong type throw a `TypeError` at the call.
 *
 * Unsubscribing ends the source, the load (if it is an Observable) and the wait for the next try.
 *
 * @param options `load` and `isIn`; `bufferSize` (10 000 events), `reconnect` (the default policy) and `scheduler` may be left out
 *
 * @example
 * ```ts
 * import { ajax } from 'rxjs/ajax';
 *
 * const prices = new Map<string, number>();
 * fromEventSourceLifecycle('/prices/stream')
 *   .pipe(
 *     decode({ price: json<Price>() }),
 *     withSnapshot({
 *       load: () => ajax.getJSON<{ version: number; prices: Price[] }>('/prices'),
 *       isIn: (event, { version }) => Number(event.lastEventId) <= version,
 *     }),
 *   )
 *   .subscribe(step => {
 *     if (step.kind === 'snapshot') {
 *       prices.clear();
 *       for (const { symbol, price } of step.snapshot.prices) prices.set(symbol, price);
 *     }
 *     if (step.kind === 'event') prices.set(step.event.data.symbol, step.event.data.price);
 *   });
 * ```
 */
export function withSnapshot<In extends LifecycleStep, Snapshot>(
  options: SnapshotOptions<Snapshot, EventIn<In>>,
): OperatorFunction<In, In | SnapshotLifecycle<Snapshot>> {
  checkGiven('options', options, OBJECT);
  const { load, isIn, bufferSize = 10_000, reconnect: policy = {}, scheduler = asyncScheduler } = options;
  checkGiven('load', load, FUNCTION);
  checkGiven('isIn', isIn, FUNCTION);
  checkEach(OPTION_KINDS, options);
  const settings: Settings = {
    load,
    isIn,
    bufferSize,
    scheduler,
    retry: policy === false ? loads => loads : reconnect(policy, scheduler),
  };
  return source =>
    new Observable(subscriber => {
      const merging = new SnapshotMerge(subscriber, settings);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: step => merging.next(step),
        error: (error: unknown) => subscriber.error(error),
        complete: () => merging.complete(),
      });
    });
}

interface Settings {
  readonly load: () => Answer<unknown>;
  readonly isIn: (event: never, snapshot: never) => boolean;
  readonly bufferSize: number;
  readonly scheduler: SchedulerLike;
  readonly retry: (loads: Observable<unknown>) => Observable<unknown>;
}

/** One subscription. */
class SnapshotMerge {
  /** Whether the stream has ever been open. Until then there is nothing to load, and nothing to lose. */
  private opened = false;
  /** The newest load, until its snapshot and what waited for it have been emitted; undefined while events are passed live. */
  private loading: Subscription | undefined;
  /** Events that wait for the snapshot, from `head` on. */
  private waiting: EventLifecycle<AnyEvent>[] = [];
  private head = 0;
  private completed = false;
  private isHeld: (event: AnyEvent) => boolean = () => false;

  constructor(
    private readonly subscriber: Subscriber<LifecycleStep>,
    private readonly settings: Settings,
  ) {}

  next(step: LifecycleStep): void {
    if (step.kind === 'event') this.nextEvent(step);
    else if (this.isHole(step)) this.reload(step);
    else this.subscriber.next(step);
  }

  complete(): void {
    if (this.loading) this.completed = true;
    else this.subscriber.complete();
  }

  private nextEvent(event: EventLifecycle<AnyEvent>): void {
    const { subscriber, settings } = this;
    if (this.opened && !this.loading) {
      this.emit(event);
    } else if (this.waiting.push(event) - this.head > settings.bufferSize) {
      subscriber.error(
        new EventSourceError(
          `Expected at most ${settings.bufferSize} events while the snapshot is loaded (bufferSize), but more came`,
        ),
      );
    } else if (!this.opened) {
      this.load(this.renew());
    }
  }

  /** Whether what is behind the step may not follow from what was before it. */
  private isHole(step: LifecycleStep): boolean {
    // A connection that asked from no position follows from nothing, whether or not an event had come before it.
    if (step.kind === 'open') return !this.opened || step.resumedFrom === '';
    return step.kind === 'gap' || (step.kind === 'comment' && !this.opened);
  }

  private reload(step: LifecycleStep): void {
    const { subscriber, settings, opened } = this;
    // Before the step is out: what its subscriber does may bring more, or the answer to the former load.
    const loading = this.renew();
    subscriber.next(step);
    // A `gap` comes right behind the `open` of a connection that asked from nowhere: it is to be one load, and not two.
    if (opened && step.kind === 'open') loading.add(settings.scheduler.schedule(() => this.load(loading)));
    else this.load(loading);
  }

  /** Abandons the load that runs. Events wait from now on. */
  private renew(): Subscription {
    const { subscriber, waiting, head } = this;
    if (this.loading) {
      this.loading.unsubscribe();
      this.waiting = waiting.slice(head);
      this.head = 0;
    }
    this.opened = true;
    subscriber.add((this.loading = new Subscription()));
    return this.loading;
  }

  private load(loading: Subscription): void {
    const { subscriber, settings } = this;
    const loads = new Observable<unknown>(attempt => {
      let answer: Answer<unknown>;
      try {
        answer = settings.load();
      } catch (error) {
        // Not by way of the policy: it is the application's own.
        subscriber.error(error);
        return;
      }
      settle('load', () => answer).subscribe(attempt);
    });
    settings
      .retry(loads)
      .pipe(takeUntilTeardown(loading))
      .subscribe({
        next: snapshot => this.emitSnapshot(snapshot, loading),
        error: (error: unknown) => subscriber.error(error),
      });
  }

  private emitSnapshot(snapshot: unknown, loading: Subscription): void {
    const { subscriber, settings } = this;
    // It has its answer: no policy asks again, and an Observable that stays alive is let go.
    loading.unsubscribe();
    this.isHeld = event => settings.isIn(event as never, snapshot as never);
    subscriber.next({ kind: 'snapshot', snapshot });
    // What comes meanwhile waits behind the others, and a gap puts another load in the place of this one.
    while (this.loading === loading && !subscriber.closed) {
      const event = this.waiting[this.head++];
      if (event) this.emit(event);
      else this.goLive();
    }
  }

  private goLive(): void {
    this.loading = undefined;
    this.waiting = [];
    this.head = 0;
    if (this.completed) this.subscriber.complete();
  }

  private emit(step: EventLifecycle<AnyEvent>): void {
    const { subscriber } = this;
    let isHeld;
    try {
      isHeld = this.isHeld(step.event);
    } catch (error) {
      subscriber.error(error);
      return;
    }
    if (!isHeld) subscriber.next(step);
  }
}
