import { Observable, type SchedulerLike } from 'rxjs';

/**
 * Emits at once; in a page one task later, and never in one that is left. A browser fails the requests of a page that is left, and
 * the page hears of it while it goes: its microtasks still run then, and no task ever again. So nothing is said of it, as an
 * `EventSource` says nothing when the browser closes it with its page (HTML § 9.2). To listen for `pagehide` would be too late:
 * microtasks run before its second listener does.
 */
export function pageStays(scheduler: SchedulerLike): Observable<undefined> {
  return new Observable(subscriber => {
    const stay = () => {
      subscriber.next(undefined);
      subscriber.complete();
    };
    if (typeof document === 'undefined') stay();
    // `window.close()` fails the requests as well, and the page runs on for a moment.
    else subscriber.add(scheduler.schedule(() => globalThis.closed || stay()));
  });
}
