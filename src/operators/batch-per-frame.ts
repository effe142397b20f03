import { animationFrames, defer, merge, Observable, type OperatorFunction, Subscription, timer } from 'rxjs';
import { takeUntilTeardown } from '../take-until-teardown.js';

/** How long a batch waits where there are no frames, and at the longest where there are: a hidden page draws none. In milliseconds. */
const FRAME = 16;
const HIDDEN = 1000;

/** Emits when the next frame is drawn. */
const nextFrame = /* @__PURE__ */ defer(() =>
  typeof requestAnimationFrame === 'function' ? merge(animationFrames(), timer(HIDDEN)) : timer(FRAME),
);

/**
 * Collects what comes within a frame into an array: however fast the events, a page renders once per frame. The order is kept, an
 * array is never empty, and while nothing comes nothing is scheduled.
 *
 * By default a batch is emitted with the next animation frame, in a hidden page, which draws none, after a second at the latest, and in Node
 * after 16 ms. It completes and errors with the source, after a last batch of what was collected. Unsubscribing drops what was
 * collected, and cancels the frame.
 *
 * @param frame subscribed to when a batch begins; its first value is when the batch is emitted. It errors with it.
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
      /** What waits for the frame; closed while the batch is empty. */
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
