import { NEVER, type Observable, switchMap, throwError, timer } from 'rxjs';

/**
 * Fails; in a page one task later. A browser fails the requests of a page that is left, and the page hears of it while it goes: its
 * microtasks still run then, and no task ever again. So nothing is said of it, as an `EventSource` says nothing when the browser
 * closes it with its page (HTML § 9.2). To listen for `pagehide` would be too late: microtasks run before its second listener does.
 *
 * That is a turn of the event loop and not a time, so no `scheduler` has a part in it.
 */
export function failUnlessLeft(error: unknown): Observable<never> {
  const failed$ = throwError(() => error);
  if (typeof document === 'undefined') return failed$;
  // `window.close()` fails the requests as well, and the page runs on for a moment.
  return timer(0).pipe(switchMap(() => (globalThis.closed ? NEVER : failed$)));
}
