import { defer, distinctUntilChanged, fromEvent, map, type Observable, of, startWith } from 'rxjs';

/**
 * Emits whether the page is visible: at once and with each change. Without a page (in a worker or in Node), emits
 * `true` and completes. Unsubscribing removes its listener.
 *
 * Use it as the option `connectWhile` to close a stream while the page is hidden.
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices', { connectWhile: pageVisible() });
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
