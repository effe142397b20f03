import { Observable } from 'rxjs';

/**
 * Emits at once; in a page one task later, and never in one that is left. A browser fails the requests of a page that is left, and
 * the page hears of it while it goes: its microtasks still run then, and no task ever again. So nothing is said of it, as an
 * `EventSource` says nothing when the browser closes it with its page (HTML § 9.2). To listen for `pagehide` would be too late:
 * microtasks run before its second listener does.
 *
 * That is a turn of the event loop and not a time, so no `scheduler` has a part in it.
 */
export const pageStays = /* @__PURE__ */ new Observable<undefined>(subscriber => {
  const stay = () => {
    subscriber.next(undefined);
    subscriber.complete();
  };
  if (typeof document === 'undefined') {
    stay();
    return undefined;
  }
  // `window.close()` fails the requests as well, and the page runs on for a moment.
  const timer = setTimeout(() => globalThis.closed || stay());
  return () => clearTimeout(timer);
});
