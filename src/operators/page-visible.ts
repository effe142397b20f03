import { defer, distinctUntilChanged, fromEvent, map, type Observable, of, startWith } from 'rxjs';

/**
 * Whether the page is visible: at once, and with each change. Where there is no page (a worker, Node), it emits `true` and
 * completes. Unsubscribing removes its listener.
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices').pipe(whileTrue(pageVisible()));
 * ```
 */
export function pageVisible(): Observable<boolean> {
  return defer(() => {
    if (typeof document === 'undefined') return of(true);
    return fromEvent(document, 'visibilitychange').pipe(
      startWith(undefined),
      map(() => document.visibilityState !== 'hidden'),
      distinctUntilChanged(),
    );
  });
}
