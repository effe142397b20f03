import type { Subscriber } from 'rxjs';
import type { Flush } from '../index.js';
import type { Place, TabLifecycle } from './message.js';

/** A step, or how it ends; and where the tab stands with it. */
interface Delivered {
  readonly step?: TabLifecycle;
  readonly end?: (subscriber: Subscriber<TabLifecycle>) => void;
  readonly place: Place;
}

/** Hands steps out to who has subscribed: those that come together within one call of the option `deliver`. */
export class TabDelivery {
  private queue: Delivered[] = [];
  private isBusy = false;

  constructor(
    private readonly subscriber: Subscriber<TabLifecycle>,
    private readonly deliver: (flush: Flush, heartbeat: boolean) => unknown,
    /** Where the tab stands with what has been handed out. */
    public place: Place,
  ) {}

  /** Whether all has been handed out. */
  get isDone(): boolean {
    return this.queue.length === 0;
  }

  /** Hands it out: at once, or with what else comes in `together`. */
  add(delivered: Delivered): void {
    this.queue.push(delivered);
    this.flush();
  }

  /** Hands out through `deliver` what is added in `work`. */
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
    // Within a `next`, what came before goes first.
    if (!this.isBusy) {
      this.isBusy = true;
      for (let next; limit-- > 0 && !subscriber.closed && (next = this.queue.shift());) {
        // What is handed to `next` counts as delivered, also if that very call unsubscribes.
        this.place = next.place;
        if (next.step) subscriber.next(next.step);
        next.end?.(subscriber);
      }
      this.isBusy = false;
    }
    return this.queue.length;
  }
}
