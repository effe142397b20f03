import { defer, distinctUntilChanged, fromEvent, map, merge, type Observable, of, startWith } from 'rxjs';

/**
 * Emits whether the browser is online: at once and with each change. On platforms that don't know (Node, Deno, Bun and
 * workerd), emits `true` and completes. Unsubscribing removes its listeners.
 *
 * Use it as the option `connectWhile` to avoid attempts without a network.
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices', { connectWhile: online() });
 * ```
 */
export function online(): Observable<boolean> {
  return defer(() => {
    if (typeof addEventListener !== 'function' || typeof navigator !== 'object') return of(true);
    // Server platforms have a `navigator` that doesn't know.
    if (typeof (navigator as Partial<Navigator>).onLine !== 'boolean') return of(true);
    const target = globalThis as unknown as Window;
    return merge(fromEvent(target, 'online'), fromEvent(target, 'offline')).pipe(
      startWith(undefined),
      map(() => navigator.onLine),
      distinctUntilChanged(),
    );
  });
}
