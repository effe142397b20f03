import { type MonoTypeOperatorFunction, Observable, type Subscription, takeUntil } from 'rxjs';

/**
 * Ends the source with `owner`, also where that happens while the source is still being subscribed to and there is no
 * subscription in hand yet to end. It then completes: an observer asks `owner.closed` which of the two it was.
 */
export function takeUntilTeardown<T>(owner: Subscription): MonoTypeOperatorFunction<T> {
  return takeUntil(
    new Observable<void>(stop => {
      const teardown = () => stop.next();
      owner.add(teardown);
      return () => owner.remove(teardown);
    }),
  );
}
