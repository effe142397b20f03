import { type MonoTypeOperatorFunction, Observable, type Subscription } from 'rxjs';

/**
 * Ends the subscription to the source with `owner`, also where that happens while the source is still being subscribed to and
 * there is no subscription in hand yet to end. It costs no layer: the source has the subscriber itself.
 */
export function takeUntilTeardown<T>(owner: Subscription): MonoTypeOperatorFunction<T> {
  return source =>
    new Observable(subscriber => {
      owner.add(subscriber);
      if (!subscriber.closed) source.subscribe(subscriber);
    });
}
