import type { Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Batch, Item } from './lifecycle.js';
import type { Cursor } from './position/position.js';
import { isPromiseLike } from './settle.js';

/**
 * Hands out what a chunk brought, and answers how much of it is left. A framework calls it once, inside its zone; a consumer
 * that pulls hands out `limit` items at a time.
 */
export type Flush = (limit?: number) => number;

const NOTHING: Batch = [];

/**
 * The end of the pipeline: hands batches out through the option `deliver`, moves the position with each event that is handed
 * out, and has it stored once per chunk.
 */
export class Delivery<T> implements Observer<Batch>, Unsubscribable {
  /** Fulfilled when all that was received has been delivered and stored; undefined where that is so already. */
  pending: Promise<unknown> | undefined;
  private queue = NOTHING;
  private head = 0;
  private delivering = false;

  constructor(
    private readonly subscriber: Subscriber<T>,
    private readonly cursor: Cursor,
    private readonly deliver: ((flush: Flush, heartbeat: boolean) => unknown) | undefined,
    /** What of an item is delivered; undefined for nothing. */
    private readonly select: (item: Item) => T | undefined,
  ) {}

  next(batch: Batch): void {
    const { deliver, select, queue, head } = this;
    // `deliver` is called, and told how much is left, for what it can hand out.
    const items = deliver ? batch.filter(item => item.kind === 'position' || select(item) !== undefined) : batch;
    this.queue = head < queue.length ? [...queue.slice(head), ...items] : items;
    this.head = 0;
    if (!deliver) this.flush();
    else if (items.every(({ kind }) => kind === 'position')) this.flush(0);
    else {
      this.delivering = true;
      try {
        const heartbeat = this.queue.every(({ kind }) => kind === 'comment' || kind === 'position');
        const answer = deliver(limit => this.flush(limit), heartbeat);
        this.hold(isPromiseLike(answer) ? answer.then(() => this.saveDelivered()) : this.saveDelivered());
      } catch (error) {
        this.delivering = false;
        this.error(error);
      }
    }
  }

  error(error: unknown): void {
    this.finish(() => this.subscriber.error(error));
  }

  complete(): void {
    this.finish(() => this.subscriber.complete());
  }

  /** The subscription is no longer live, and nothing is left for it. */
  unsubscribe(): void {
    this.cursor.leave();
    this.queue = NOTHING;
    this.head = 0;
  }

  private flush(limit = Infinity): number {
    const { subscriber, cursor, select } = this;
    for (let item; !subscriber.closed && (item = this.queue[this.head]);) {
      if (item.kind !== 'position' && limit-- <= 0) break;
      this.head++;
      if (item.kind === 'position') {
        cursor.lastEventId = item.lastEventId;
      } else {
        // Delivered is what was handed to `next`, also where that very call unsubscribes or subscribes anew.
        if (item.kind === undefined) cursor.lastEventId = item.lastEventId;
        const value = select(item);
        if (value !== undefined) subscriber.next(value);
      }
    }
    if (this.head >= this.queue.length) {
      this.queue = NOTHING;
      this.head = 0;
    }
    if (!this.delivering) this.hold(cursor.save());
    return this.queue.length - this.head;
  }

  private saveDelivered(): Promise<unknown> | undefined {
    this.delivering = false;
    return this.cursor.save();
  }

  /** Nothing more is read, and nothing ends, before `work` is done. */
  private hold(work: PromiseLike<unknown> | undefined): void {
    if (!work) return;
    const pending: Promise<void> = Promise.all([this.pending, work]).then(
      () => {
        if (this.pending === pending) this.pending = undefined;
      },
      (error: unknown) => {
        this.pending = undefined;
        this.error(error);
      },
    );
    this.pending = pending;
  }

  /** Ends the subscription after what was received. It is live no longer when `notify` runs: `retry` resubscribes there. */
  private finish(notify: () => void): void {
    if (this.subscriber.closed) return;
    // What `deliver` has not handed out by now is handed out all the same: an end loses nothing.
    if (!this.pending) this.flush();
    if (this.pending) {
      void this.pending.then(() => this.finish(notify));
    } else {
      this.cursor.leave();
      notify();
    }
  }
}
