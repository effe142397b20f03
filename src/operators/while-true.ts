import {
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  materialize,
  type MonoTypeOperatorFunction,
  type Observable,
  switchMap,
} from 'rxjs';

/**
 * Subscribes to the source while `condition$` holds: unsubscribes when it turns false and subscribes anew when it turns true.
 * A stream of `fromEventSource` thus closes, and later resumes after the last event that was delivered; there are never two at once.
 *
 * It completes with the source, and where the condition completes while it does not hold; it errors with either. Unsubscribing ends
 * both.
 *
 * @example
 * ```ts
 * const prices$ = fromEventSource('/prices').pipe(whileTrue(pageVisible()));
 * ```
 */
export function whileTrue<T>(condition$: Observable<boolean>): MonoTypeOperatorFunction<T> {
  return source =>
    condition$.pipe(
      distinctUntilChanged(),
      switchMap(holds => (holds ? source.pipe(materialize()) : EMPTY)),
      dematerialize(),
    );
}
