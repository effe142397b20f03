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
 * Subscribes to the source while the last value of `condition$` is `true`: unsubscribes when it turns `false`, and subscribes again when it
 * turns `true`. There are never two subscriptions at once.
 *
 * To pause a stream, use its option `connectWhile` instead. `whileTrue` unsubscribes from all that is in front of it. So what an operator
 * between the stream and `whileTrue` holds, such as `batchPerFrame` or an asynchronous `decode`, is lost: it counts as delivered, and the
 * stream resumes behind it. And `connectionState` behind `whileTrue` isn't told of the pause.
 *
 * It completes with the source, and if the condition completes while it isn't `true`. It errors with either. Unsubscribing ends both.
 *
 * @param condition$ whether to be subscribed; nothing is before its first value
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
