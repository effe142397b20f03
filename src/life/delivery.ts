import type { Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Batch, Item } from '../lifecycle.js';
import type { Cursor } from '../position/position.js';
import { isPromiseLike } from '../settle.js';

/**
 * Delivers what a chunk brought, and returns how much of it is left. A framework calls it once, inside its zone; a consumer
 * that pulls delivers `limit` items at a time.
 */
export type Flush = (limit?: number) => number;

const NOTHING: Batch = [];

/**
 * The end of the pipeline: hands batches out through the option `deliver`, moves the position with each event that is received and with each
 * that is delivered, and has the latter stored once per chunk.
 */
export class Delivery<T> implements Observer<Batch>, Unsubscribable {
  /** Fulfilled when all that was received has been delivered and stored; undefined where that is so already. */
  pending: Promise<unknown> | undefined;
  /** Whether an event has been received, all of which are delivered in the end. */
  hasEvents = false;
  private queue = NOTHING;
  private head = 0;
  private delivering = false;
  /** How many items may be handed out still; undefined while none are. */
  private allowed: number | undefined;
  /** What ends the subscription once all is handed out that is being handed out. */
  private ending: (() => void) | undefined;

  constructor(
    private readonly subscriber: Subscriber<T>,
    private readonly cursor: Cursor,
    private readonly handOut: ((flush: Flush, heartbeat: boolean) => unknown) | undefined,
    /** What of an item is delivered; undefined for nothing. */
    private readonly select: (item: Item) => T | undefined,
  ) {}

  next(batch: Batch): void {
    const { handOut, select, queue, head } = this;
    this.receive(batch);
    // `deliver` is called, and told how much is left, for what it can hand out.
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

  /** What is received is delivered, now or later: a reconnect asks for what comes after it. */
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

  /** The subscription is no longer live, and nothing is left for it. */
  unsubscribe(): void {
    this.cursor.leave();
    this.queue = NOTHING;
    this.head = 0;
  }

  // More than any queue has. (Infinity is no integer, and would be counted down as slowly as a fraction.)
  private flushSome(limit = 1e9): number {
    const { subscriber, cursor, select } = this;
    // Within a `next`: what came before it has to be handed out first, and its own value may still be on its way through operators.
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
        // What is handed to `next` counts as delivered, also if that very call unsubscribes or subscribes again.
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
  private endBy(notify: () => void): void {
    if (this.subscriber.closed) return;
    // What `deliver` has not handed out by now is handed out all the same: an end loses nothing.
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
