import { animationFrames, defer, merge, Observable, type OperatorFunction, Subscription, timer } from 'rxjs';
import { takeUntilTeardown } from '../take-until-teardown.js';

/**
 * How long a batch waits without animation frames, and the longest wait with them, in milliseconds. A hidden page draws
 * no frames.
 */
const FRAME = 16;
const HIDDEN = 1000;

/** Emits with the next frame. */
const nextFrame = /* @__PURE__ */ defer(() =>
  typeof requestAnimationFrame === 'function' ? merge(animationFrames(), timer(HIDDEN)) : timer(FRAME),
);

/**
 * Collects all values of a frame into an array, so that a page renders once per frame, even if events arrive faster.
 * The order is kept, an array is never empty, and without values nothing is scheduled.
 *
 * By default, a batch is emitted with the next animation frame. A hidden page draws no frames, so it emits after at
 * most a second. Node emits after 16 ms.
 *
 * Completes and errors with the source, after a last batch with the remaining values. Unsubscribing drops the collected
 * values and cancels the frame.
 *
 * @param frame subscribed when a batch begins; its first value emits the batch. If it errors, the result errors.
 *
 * @example
 * ```ts
 * fromEventSource('/prices')
 *   .pipe(json<Price>(), batchPerFrame())
 *   .subscribe(events => console.log(events.length, 'prices for this frame'));
 * ```
 */
export function batchPerFrame<T>(frame: Observable<unknown> = nextFrame): OperatorFunction<T, T[]> {
  return source =>
    new Observable(subscriber => {
      let batch: T[] = [];
      /** Waits for the frame. Closed while the batch is empty. */
      let waiting = Subscription.EMPTY;
      const flush = () => {
        waiting.unsubscribe();
        const full = batch;
        batch = [];
        if (full.length > 0) subscriber.next(full);
      };
      const fail = (error: unknown) => {
        flush();
        subscriber.error(error);
      };
      const waitForFrame = () => {
        subscriber.add((waiting = new Subscription()));
        frame.pipe(takeUntilTeardown(waiting)).subscribe({ next: flush, error: fail, complete: flush });
      };
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: value => {
          if (batch.push(value) === 1) waitForFrame();
        },
        error: fail,
        complete: () => {
          flush();
          subscriber.complete();
        },
      });
    });
}
