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
   * How long the connection is kept after its last subscriber has left, in milliseconds. `Infinity` keeps it until the stream ends.
   * @default 0
   */
  readonly linger?: number | undefined;
  /**
   * What the timer of `linger` runs on.
   * @default asyncScheduler
   */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTION_KINDS: Readonly<Record<keyof ShareLifecycleOptions, Kind>> = {
  linger: MILLISECONDS,
  scheduler: SCHEDULER,
};

/** The steps that say how the connection stands. */
const STANDINGS: readonly LifecycleStep['kind'][] = ['connecting', 'open', 'waiting', 'paused', 'closed'];

/**
 * Shares one connection among all subscribers. Each hears first how the connection stands now (the last `connecting`, `open`, `waiting` or
 * `paused` step), then all that comes. What came before is not replayed.
 *
 * The first subscriber connects. When the last one leaves, the connection is kept for `linger` ms. What comes in that time counts as
 * delivered, though nobody gets it. After that the next subscriber connects again, and resumes from the position that the source has.
 *
 * It completes and errors with the source, for all subscribers. The next one after that, or `retry`, starts again; if all retry, they share
 * one connection again. If a subscriber makes the source emit from inside its `next`, all others get the step in hand first.
 *
 * Call it once for a stream: each call shares a connection of its own.
 *
 * @param options `linger` and `scheduler`; a value of a wrong type throws a `TypeError` at the call
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
              : // After an error or a completion there is nothing to keep, and no need of a timer.
                () => (steps.hasEnded ? EMPTY : timer(Math.min(linger, MAX_WAIT), scheduler)),
      }),
    );
  };
}

/** Hands steps to all subscribers, and to each that is late first the one that says how the connection stands. */
class StepSubject<In extends LifecycleStep> implements SubjectLike<In> {
  hasEnded = false;
  private readonly subject = new Subject<In>();
  private standing: In | undefined;
  /** What is being handed out, and what came meanwhile. */
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
    // First it joins: what its own `next` sets off is for it as well.
    const subscription = this.subject.subscribe(observer);
    const { standing } = this;
    const replay = () => standing && observer.next?.(standing);
    // At once, also inside the `next` of another.
    if (this.turns.length > 0) replay();
    else this.inTurn(replay);
    return subscription;
  }

  /** A subscriber may set off a step from inside its `next`: the others have what is at hand before they have that. */
  private inTurn(turn: () => unknown): void {
    if (this.turns.push(turn) > 1) return;
    for (let next; (next = this.turns[0]); this.turns.shift()) next();
  }
}
