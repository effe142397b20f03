import type { Subscriber } from 'rxjs';
import type { Flush } from '../index.js';
import type { Place, TabLifecycle } from './message.js';

/** A step or an end, and the tab's position with it. */
interface Delivered {
  readonly step?: TabLifecycle;
  readonly end?: (subscriber: Subscriber<TabLifecycle>) => void;
  readonly place: Place;
}

/** Delivers steps to the subscriber. Steps that arrive together are delivered in one call of the option `deliver`. */
export class TabDelivery {
  private queue: Delivered[] = [];
  private isBusy = false;

  constructor(
    private readonly subscriber: Subscriber<TabLifecycle>,
    private readonly deliver: (flush: Flush, heartbeat: boolean) => unknown,
    /** The position of the last delivered item. */
    public place: Place,
  ) {}

  /** Whether everything is delivered. */
  get isDone(): boolean {
    return this.queue.length === 0;
  }

  /** Delivers an item at once, or together with others in `together`. */
  add(delivered: Delivered): void {
    this.queue.push(delivered);
    this.flush();
  }

  /** Delivers everything that is added in `work` with one call of `deliver`. */
  together(work: () => void): void {
    if (this.isBusy) {
      work();
      return;
    }
    this.isBusy = true;
    work();
    this.isBusy = false;
    if (this.isDone) return;
    const heartbeat = this.queue.every(({ step }) => step?.kind === 'comment');
    try {
      this.deliver(limit => this.flush(limit), heartbeat);
    } catch (error) {
      this.queue = [];
      this.subscriber.error(error);
    }
    // Other tabs don't wait, so nothing is held back.
    this.flush();
  }

  private flush(limit = Infinity): number {
    const { subscriber } = this;
    // Within `next`, earlier items come first.
    if (!this.isBusy) {
      this.isBusy = true;
      for (let next; limit-- > 0 && !subscriber.closed && (next = this.queue.shift());) {
        // An item counts as delivered when `next` is called, even if that call unsubscribes.
        this.place = next.place;
        if (next.step) subscriber.next(next.step);
        next.end?.(subscriber);
      }
      this.isBusy = false;
    }
    return this.queue.length;
  }
}
