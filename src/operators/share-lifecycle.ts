import { check, checkEach } from '#check';
import {
  asyncScheduler,
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observer,
  type SchedulerLike,
  share,
  Subject,
  type SubjectLike,
  timer,
  type Unsubscribable,
} from 'rxjs';
import { type Kind, MILLISECONDS, OBJECT, SCHEDULER } from '../kind.js';
import { MAX_WAIT } from '../life/backoff.js';
import type { LifecycleStep } from './lifecycle-step.js';

/** The options of `shareLifecycle`. */
export interface ShareLifecycleOptions {
  /**
   * How long to keep the connection after the last subscriber has left, in milliseconds. `Infinity` keeps it until the
   * stream ends.
   * @default 0
   */
  readonly linger?: number | undefined;
  /**
   * The scheduler of the timer of `linger`.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTION_KINDS: Readonly<Record<keyof ShareLifecycleOptions, Kind>> = {
  linger: MILLISECONDS,
  scheduler: SCHEDULER,
};

/** The steps that describe the current state of the connection. */
const STANDINGS: readonly LifecycleStep['kind'][] = ['connecting', 'open', 'waiting', 'paused', 'closed'];

/**
 * Shares one connection among all subscribers. Each first receives the current state of the connection (the last
 * `connecting`, `open`, `waiting` or `paused` step), then everything that follows. Earlier events aren't replayed.
 *
 * The first subscriber connects. When the last one leaves, the connection stays open for `linger` ms. Events in that
 * time count as delivered, although nobody receives them. Afterwards the next subscriber connects again and resumes
 * from the position of the source.
 *
 * Completes and errors with the source, for all subscribers. After that, the next subscriber or `retry` starts again.
 * If all of them retry, they share one connection again. If a subscriber makes the source emit within its `next`, the
 * others receive the current step first.
 *
 * Call it once per stream: each call shares its own connection.
 *
 * @param options `linger` and `scheduler`; a wrong type throws a `TypeError` at the call
 *
 * @example
 * ```ts
 * const shared$ = fromEventSourceLifecycle('/chat/stream').pipe(shareLifecycle({ linger: 5000 }));
 * const chat$ = shared$.pipe(events());
 * const state$ = shared$.pipe(connectionState());
 * ```
 */
export function shareLifecycle<In extends LifecycleStep>(
  options: ShareLifecycleOptions = {},
): MonoTypeOperatorFunction<In> {
  check('options', options, OBJECT);
  checkEach(OPTION_KINDS, options);
  const { linger = 0, scheduler = asyncScheduler } = options;
  return source => {
    let steps: StepSubject<In>;
    return source.pipe(
      share({
        connector: () => (steps = new StepSubject()),
        resetOnRefCountZero:
          linger === 0
            ? true
            : linger === Infinity
              ? false
              : // After an error or a completion, there is nothing to keep.
                () => (steps.hasEnded ? EMPTY : timer(Math.min(linger, MAX_WAIT), scheduler)),
      }),
    );
  };
}

/**
 * Emits steps to all subscribers. Each late subscriber first receives the step with the current state of the
 * connection.
 */
class StepSubject<In extends LifecycleStep> implements SubjectLike<In> {
  hasEnded = false;
  private readonly subject = new Subject<In>();
  private standing: In | undefined;
  /** The step that is being delivered, followed by the ones that arrived meanwhile. */
  private readonly turns: (() => unknown)[] = [];

  next(step: In): void {
    this.inTurn(() => {
      if (STANDINGS.includes(step.kind)) this.standing = step;
      this.subject.next(step);
    });
  }

  error(error: unknown): void {
    this.hasEnded = true;
    this.inTurn(() => this.subject.error(error));
  }

  complete(): void {
    this.hasEnded = true;
    this.inTurn(() => this.subject.complete());
  }

  subscribe(observer: Partial<Observer<In>>): Unsubscribable {
    // Subscribes first, so that it receives the steps that its own `next` causes.
    const subscription = this.subject.subscribe(observer);
    const { standing } = this;
    const replay = () => standing && observer.next?.(standing);
    // At once, even within the `next` of another subscriber.
    if (this.turns.length > 0) replay();
    else this.inTurn(replay);
    return subscription;
  }

  /** A subscriber can cause a step within its `next`. The others receive the current step first. */
  private inTurn(turn: () => unknown): void {
    if (this.turns.push(turn) > 1) return;
    for (let next; (next = this.turns[0]); this.turns.shift()) next();
  }
}
