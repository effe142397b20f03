import { Observable } from 'rxjs';
import type { Batch, EventSourceLifecycle } from './lifecycle.js';
import type { Cursor } from './position/position.js';
import { isPromiseLike } from './settle.js';
import { takeUntilTeardown } from './take-until-teardown.js';

/**
 * Hands out what a chunk brought, and answers how much of it is left. A framework calls it once, inside its zone; a consumer
 * that pulls hands out `limit` items at a time.
 */
export type Flush = (limit?: number) => number;

/**
 * The end of the pipeline: hands batches out through the option `deliver`, moves the position with each event that is handed
 * out, and has it stored once per chunk.
 */
export class Delivery<T> {
  /** Fulfilled when all that was received has been delivered and stored; undefined where that is so already. */
  pending: Promise<unknown> | undefined;

  constructor(
    private readonly cursor: Cursor,
    private readonly deliver: ((flush: Flush) => unknown) | undefined,
    /** What of an item is delivered; undefined for nothing. */
    private readonly select: (item: EventSourceLifecycle) => T | undefined,
  ) {}

  handOut(batches: Observable<Batch>): Observable<T> {
    const { cursor, deliver, select } = this;

    return new Observable<T>(subscriber => {
      let queue: Batch = [];
      let head = 0;
      let delivering = false;

      const flush: Flush = (limit = Infinity) => {
        for (let item; !subscriber.closed && (item = queue[head]);) {
          if (item.kind !== 'position' && limit-- <= 0) break;
          head++;
          if (item.kind === 'position') {
            cursor.lastEventId = item.lastEventId;
          } else {
            // Delivered is what was handed to `next`, also where that very call unsubscribes or subscribes anew.
            if (item.kind === 'event') cursor.lastEventId = item.event.lastEventId;
            const value = select(item);
            if (value !== undefined) subscriber.next(value);
          }
        }
        if (head >= queue.length) {
          queue = [];
          head = 0;
        }
        if (!delivering) hold(cursor.save());
        return queue.length - head;
      };

      /** Nothing more is read, and nothing ends, before `work` is done. */
      const hold = (work: PromiseLike<unknown> | undefined) => {
        if (!work) return;
        const pending: Promise<void> = Promise.all([this.pending, work]).then(
          () => {
            if (this.pending === pending) this.pending = undefined;
          },
          (error: unknown) => {
            this.pending = undefined;
            finish(() => subscriber.error(error));
          },
        );
        this.pending = pending;
      };

      /** Ends the subscription after what was received. It is live no longer when `notify` runs: `retry` resubscribes there. */
      const finish = (notify: () => void) => {
        if (subscriber.closed) return;
        // What `deliver` has not handed out by now is handed out all the same: an end loses nothing.
        if (!this.pending) flush();
        if (this.pending) {
          void this.pending.then(() => finish(notify));
        } else {
          cursor.leave();
          notify();
        }
      };

      const next = (batch: Batch) => {
        // `deliver` is called, and told how much is left, for what it can hand out.
        const items = deliver ? batch.filter(item => item.kind === 'position' || select(item) !== undefined) : batch;
        queue = head < queue.length ? [...queue.slice(head), ...items] : items;
        head = 0;
        if (!deliver) flush();
        else if (items.every(({ kind }) => kind === 'position')) flush(0);
        else {
          delivering = true;
          try {
            const answer = deliver(flush);
            if (isPromiseLike(answer)) {
              hold(answer.then(saveDelivered));
            } else {
              hold(saveDelivered());
            }
          } catch (error) {
            delivering = false;
            finish(() => subscriber.error(error));
          }
        }
      };

      const saveDelivered = () => {
        delivering = false;
        return cursor.save();
      };

      batches.pipe(takeUntilTeardown(subscriber)).subscribe({
        next,
        error: (error: unknown) => finish(() => subscriber.error(error)),
        complete: () => finish(() => subscriber.complete()),
      });
    });
  }
}
