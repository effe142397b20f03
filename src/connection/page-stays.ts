import { Observable, type SchedulerLike, type Unsubscribable } from 'rxjs';

/** For so long after `beforeunload` a failure may be that of a page that is left, in milliseconds: until its navigation is answered. */
const LEAVING = 3000;
/** On the way back or forward, WebKit fails the requests some milliseconds before `beforeunload`. */
const EARLY = 60;

/** Whether a browser may fail requests here because a page is left. */
export const canBeLeft = (): boolean => typeof history !== 'undefined' || 'importScripts' in globalThis;

/**
 * Tells failures of a stream from those of a page that is left: nothing is said of these, as an `EventSource` says nothing when the browser
 * closes it with its page (HTML § 9.2).
 *
 * - Chromium fails the requests when the page goes. Its microtasks still run then, and no task ever again.
 * - Firefox and WebKit fail them when the navigation starts, behind `beforeunload`, and tasks run until it is answered. If the answer is a download,
 *   the page stays.
 * - Workers don't hear of it. A stream that fails over and over until its worker is ended is at least not a busy loop.
 *
 * A page that comes back from the back/forward cache goes on where its timers stood.
 */
export class PageStays implements EventListenerObject, Unsubscribable {
  private leftAt = -Infinity;

  constructor(
    private readonly scheduler: SchedulerLike,
    private readonly clock: () => number,
  ) {
    globalThis.addEventListener('beforeunload', this);
  }

  handleEvent(): void {
    this.leftAt = this.clock();
  }

  /** Emits once, after a failure, unless the page is left. */
  wait(): Observable<undefined> {
    return new Observable(subscriber => {
      const hold = (time: number, next: () => void) => subscriber.add(this.scheduler.schedule(next, time));
      const stay = () => {
        const left = this.leftAt + LEAVING - this.clock();
        if (left > 0) hold(left, stay);
        // `window.close()` fails the requests as well, and the page runs on for a moment.
        else if (!globalThis.closed) {
          subscriber.next(undefined);
          subscriber.complete();
        }
      };
      // A page that is gone has no history to be asked for, and no task in which it would be.
      hold(0, () => {
        // Where there is nothing to go back to, one task is enough.
        if (typeof history !== 'undefined' && history.length < 2) stay();
        else hold(EARLY, stay);
      });
    });
  }

  unsubscribe(): void {
    // A page of a test may be gone before its streams.
    (globalThis as { removeEventListener?: typeof removeEventListener }).removeEventListener?.('beforeunload', this);
  }
}
