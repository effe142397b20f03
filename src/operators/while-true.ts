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
 * Subscribes to the source while the last value of `condition$` is `true`. Unsubscribes when it turns `false`, and
 * subscribes again when it turns `true`. There are never two subscriptions at once.
 *
 * To pause a stream, use the option `connectWhile` instead. `whileTrue` unsubscribes from everything before it. If an
 * operator between the stream and `whileTrue` holds events, such as `batchPerFrame` or an asynchronous `decode`, they
 * are lost: they count as delivered, and the stream resumes after them. Also, `connectionState` after `whileTrue`
 * doesn't see the pause.
 *
 * Completes with the source, or if the condition completes while it isn't `true`. Errors if either errors.
 * Unsubscribing ends both.
 *
 * @param condition$ whether to subscribe; before its first value, it doesn't
 *
 * @example
 * ```ts
 * const current$ = rates$.pipe(whileTrue(pageVisible()));
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
