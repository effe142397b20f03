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

/**
 * The events of the steps `In`. The compiler only looks `In` up here, and doesn't infer it from the parameter of
 * `isIn`.
 */
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
   * Loads the snapshot. Returns it, or a Promise or an Observable of it (its first value counts). The snapshot must be
   * at least as new as the call. If it throws, the stream errors. If it rejects, it's retried.
   */
  readonly load: () => Answer<Snapshot>;
  /**
   * Whether the snapshot already contains an event, which is then dropped. Called for each event after a snapshot,
   * including live ones, because events that are already in the snapshot may still arrive.
   *
   * Compare versions or positions. If an object is in the snapshot, its last change may still be missing. If it throws,
   * the stream errors.
   */
  readonly isIn: (event: Event, snapshot: Snapshot) => boolean;
  /**
   * How many events can wait for a snapshot. With one more, the stream errors with a final `EventSourceError`.
   * @default 10_000
   */
  readonly bufferSize?: number | undefined;
  /**
   * When to retry a failed load, or `false` for never. Each load counts its own failures.
   * @default the defaults of the operator `reconnect`: each error is retried, except a final `EventSourceError`
   */
  readonly reconnect?: Omit<ReconnectPolicy, 'serverDelay' | 'onEnd'> | false | undefined;
  /**
   * The scheduler of the waits.
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
 * Loads a snapshot of the whole state when the stream opens, and again after each `gap`. The events that change it
 * follow. So your store never has missing data, and no event between snapshot and stream is lost or applied twice.
 *
 * Use it after a lifecycle, before or after `decode`. When the stream opens, it calls `load`, and keeps all events
 * until the answer arrives. Then it emits `{ kind: 'snapshot', snapshot }` and the kept events in order, and continues
 * live. Events that are already in the snapshot (`isIn`) are dropped. All other steps pass through at once, so the
 * state of the connection stays correct.
 *
 * - After a `gap`, it loads again in the same way and cancels a running load. So an older snapshot never comes after a
 *   newer one.
 * - If the stream reconnects and resumes, nothing changes. The events are complete, and a running load continues. If a
 *   connection has no position to resume from, it loads again.
 * - After `share()`, a late subscriber doesn't receive `open`. Then it loads at the first event or comment.
 * - A failed load is retried by the policy `reconnect`. If the policy gives up, the stream errors with the error of the
 *   load.
 *
 * Completes with the source, but after a running load and its events. Errors at once with the source, and with whatever
 * `load` and `isIn` throw. Errors with an `EventSourceError` if more than `bufferSize` events wait, or if an Observable
 * of `load` completes without a value. Waiting events are then dropped. If you use `retry()` after it, nothing is lost,
 * because a new subscription loads a new snapshot. Throws a `TypeError` at the call if an option has the wrong type.
 *
 * Unsubscribing ends the source, the load (if it's an Observable) and the wait for the next retry.
 *
 * @param options `load` and `isIn`; optionally `bufferSize` (10 000 events), `reconnect` (the default policy) and
 * `scheduler`
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

/** The state of one subscription. */
class SnapshotMerge {
  /** Whether the stream was ever open. Until then, there is nothing to load and nothing to lose. */
  private opened = false;
  /**
   * The newest load, until its snapshot and the waiting events are emitted. `undefined` while events pass through live.
   */
  private loading: Subscription | undefined;
  /** The events that wait for the snapshot, starting at `head`. */
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
          `More than ${settings.bufferSize} events arrived while the snapshot was loading (bufferSize)`,
        ),
      );
    } else if (!this.opened) {
      this.load(this.renew());
    }
  }

  /** Whether the events after this step may not continue the ones before it. */
  private isHole(step: LifecycleStep): boolean {
    // Without a position, the connection doesn't continue anything, even if no event came before.
    if (step.kind === 'open') return !this.opened || step.resumedFrom === '';
    return step.kind === 'gap' || (step.kind === 'comment' && !this.opened);
  }

  private reload(step: LifecycleStep): void {
    const { subscriber, settings, opened } = this;
    // Before emitting the step, because its subscriber may cause more steps, or the answer of the previous load.
    const loading = this.renew();
    subscriber.next(step);
    // If this connection sent no position, a `gap` follows the `open`. Both together cause only one load.
    if (opened && step.kind === 'open') loading.add(settings.scheduler.schedule(() => this.load(loading)));
    else this.load(loading);
  }

  /** Cancels the running load. Events wait from now on. */
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
        // Bypasses the policy: the error comes from your own code.
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
    // Ends the load, so that no policy retries it, and an Observable that hasn't completed is unsubscribed.
    loading.unsubscribe();
    this.isHeld = event => settings.isIn(event as never, snapshot as never);
    subscriber.next({ kind: 'snapshot', snapshot });
    // New events wait after the others, and a gap replaces this load with a new one.
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
