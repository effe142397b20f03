import { defer, distinctUntilChanged, fromEvent, map, merge, type Observable, of, startWith } from 'rxjs';

/**
 * Whether the browser is online: at once, and with each change. If nothing knows (in Node, Deno, Bun or workerd), it emits `true` and completes. Unsubscribing
 * removes its listeners.
 *
 * As the option `connectWhile` it makes no attempts while there is no network.
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices', { connectWhile: online() });
 * ```
 */
export function online(): Observable<boolean> {
  return defer(() => {
    if (typeof addEventListener !== 'function' || typeof navigator !== 'object') return of(true);
    // That of an engine for servers doesn't know.
    if (typeof (navigator as Partial<Navigator>).onLine !== 'boolean') return of(true);
    const target = globalThis as unknown as Window;
    return merge(fromEvent(target, 'online'), fromEvent(target, 'offline')).pipe(
      startWith(undefined),
      map(() => navigator.onLine),
      distinctUntilChanged(),
    );
  });
}
