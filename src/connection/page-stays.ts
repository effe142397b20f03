import { Observable, type SchedulerLike, type Unsubscribable } from 'rxjs';

/**
 * How long after `beforeunload` a failure may come from leaving the page, in milliseconds: until the navigation gets
 * its response.
 */
const LEAVING = 3000;
/** On back and forward, WebKit fails requests some milliseconds before `beforeunload`. */
const EARLY = 60;

/** Whether a browser may fail requests here because the user leaves the page. */
export const canBeLeft = (): boolean => typeof history !== 'undefined' || 'importScripts' in globalThis;

/**
 * Tells a failed stream from a page that the user leaves. If the user leaves, no failure is reported, just as an
 * `EventSource` reports nothing when the browser closes it with its page (HTML § 9.2).
 *
 * - Chromium fails the requests when the page is gone. Its microtasks still run then, but tasks don't.
 * - Firefox and WebKit fail them when the navigation starts, after `beforeunload`. Tasks run until the navigation gets
 *   its response. If that is a download, the page stays.
 * - Workers aren't notified. A stream may fail again until its worker ends, but never in a busy loop.
 *
 * A page that returns from the back/forward cache continues with its timers.
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

  /** Emits once after a failure, unless the user leaves the page. */
  wait(): Observable<undefined> {
    return new Observable(subscriber => {
      const hold = (time: number, next: () => void) => subscriber.add(this.scheduler.schedule(next, time));
      const stay = () => {
        const left = this.leftAt + LEAVING - this.clock();
        if (left > 0) hold(left, stay);
        // `window.close()` fails the requests too, and the page runs for a moment longer.
        else if (!globalThis.closed) {
          subscriber.next(undefined);
          subscriber.complete();
        }
      };
      // A page that is gone runs no task, and has no `history` to read.
      hold(0, () => {
        // If there is no page to go back to, one task is enough.
        if (typeof history !== 'undefined' && history.length < 2) stay();
        else hold(EARLY, stay);
      });
    });
  }

  unsubscribe(): void {
    // In tests, a page may be gone before its streams.
    (globalThis as { removeEventListener?: typeof removeEventListener }).removeEventListener?.('beforeunload', this);
  }
}
