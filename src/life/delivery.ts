import type { Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Batch, Item } from '../lifecycle.js';
import type { Cursor } from '../position/position.js';
import { isPromiseLike } from '../settle.js';

/**
 * Delivers the received items and returns how many are left. A framework calls it once, inside its zone. A consumer
 * that pulls calls it with a `limit`.
 */
export type Flush = (limit?: number) => number;

const NOTHING: Batch = [];

/**
 * The end of the pipeline. Delivers batches with the option `deliver`, moves the position with each received and each
 * delivered event, and saves the position of delivered events once per chunk.
 */
export class Delivery<T> implements Observer<Batch>, Unsubscribable {
  /** Fulfills when all received items are delivered and saved. `undefined` if they are. */
  pending: Promise<unknown> | undefined;
  /** Whether an event was received. All received events are delivered. */
  hasEvents = false;
  private queue = NOTHING;
  private head = 0;
  private delivering = false;
  /** How many more items may be delivered by the current flush; `undefined` outside of a flush. */
  private allowed: number | undefined;
  /** Ends the subscription after the current flush. */
  private ending: (() => void) | undefined;

  constructor(
    private readonly subscriber: Subscriber<T>,
    private readonly cursor: Cursor,
    private readonly handOut: ((flush: Flush, heartbeat: boolean) => unknown) | undefined,
    /** Returns the value to deliver for an item, or `undefined` for none. */
    private readonly select: (item: Item) => T | undefined,
  ) {}

  next(batch: Batch): void {
    const { handOut, select, queue, head } = this;
    this.receive(batch);
    // `deliver` is only called for items that it can deliver.
    const items = handOut ? batch.filter(item => item.kind === 'position' || select(item) !== undefined) : batch;
    this.queue = head < queue.length ? [...queue.slice(head), ...items] : items;
    this.head = 0;
    if (!handOut) this.flushSome();
    else if (items.every(({ kind }) => kind === 'position')) this.flushSome(0);
    else {
      this.delivering = true;
      try {
        const heartbeat = this.queue.every(({ kind }) => kind === 'comment' || kind === 'position');
        const answer = handOut(limit => this.flushSome(limit), heartbeat);
        this.hold(isPromiseLike(answer) ? answer.then(() => this.saveDelivered()) : this.saveDelivered());
      } catch (error) {
        this.delivering = false;
        this.error(error);
      }
    }
  }

  /** Moves the position for reconnects. A received event is always delivered, so a reconnect continues after it. */
  private receive(batch: Batch): void {
    for (let i = batch.length, moved = false; i-- > 0;) {
      const item = batch[i];
      if (item?.kind !== undefined && item.kind !== 'position') continue;
      if (!moved) this.cursor.received = item?.lastEventId ?? '';
      moved = true;
      if (item?.kind === undefined) {
        this.hasEvents = true;
        break;
      }
    }
  }

  error(error: unknown): void {
    this.endBy(() => this.subscriber.error(error));
  }

  complete(): void {
    this.endBy(() => this.subscriber.complete());
  }

  /** Drops what is left when the subscription ends. */
  unsubscribe(): void {
    this.cursor.leave();
    this.queue = NOTHING;
    this.head = 0;
  }

  // The default limit is larger than any queue. (`Infinity` isn't an integer, so counting it down would be slower.)
  private flushSome(limit = 1e9): number {
    const { subscriber, cursor, select } = this;
    // Called within `next`: earlier items come first, and this one may still be on its way through operators.
    if (this.allowed !== undefined) {
      this.allowed = Math.max(this.allowed, limit);
      return this.queue.length - this.head;
    }
    this.allowed = limit;
    for (let item; !subscriber.closed && (item = this.queue[this.head]);) {
      if (item.kind !== 'position' && this.allowed-- <= 0) break;
      this.head++;
      if (item.kind === 'position') {
        cursor.lastEventId = item.lastEventId;
      } else {
        // An item counts as delivered when `next` is called, even if that call unsubscribes or subscribes again.
        if (item.kind === undefined) cursor.lastEventId = item.lastEventId;
        const value = select(item);
        if (value !== undefined) subscriber.next(value);
      }
    }
    this.allowed = undefined;
    if (this.head >= this.queue.length) {
      this.queue = NOTHING;
      this.head = 0;
    }
    if (!this.delivering) this.hold(cursor.save());
    const left = this.queue.length - this.head;
    this.ending?.();
    return left;
  }

  private saveDelivered(): Promise<unknown> | undefined {
    this.delivering = false;
    return this.cursor.save();
  }

  /** Nothing is read, and the stream doesn't end, until `work` is done. */
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

  /**
   * Ends the subscription after all received items. The subscription is over when `notify` runs, because `retry`
   * resubscribes there.
   */
  private endBy(notify: () => void): void {
    if (this.subscriber.closed) return;
    // Delivers the items that `deliver` hasn't, so that nothing is lost at the end.
    if (!this.pending) this.flushSome();
    if (this.pending) {
      void this.pending.then(() => this.endBy(notify));
    } else if (this.allowed !== undefined) {
      this.ending = () => {
        this.ending = undefined;
        this.endBy(notify);
      };
    } else {
      this.cursor.leave();
      notify();
    }
  }
}
