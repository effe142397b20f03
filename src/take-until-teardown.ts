import { type MonoTypeOperatorFunction, Observable, type Subscription } from 'rxjs';

/** A subscription that ends each subscription that is added to it when it ends itself. */
export type Owner = Pick<Subscription, 'add'>;

/**
 * Ends the subscription to the source when `owner` ends, even while the source is still being subscribed to and has
 * returned no subscription yet. It adds no layer: the source gets the subscriber itself.
 */
export function takeUntilTeardown<T>(owner: Owner): MonoTypeOperatorFunction<T> {
  return source =>
    new Observable(subscriber => {
      owner.add(subscriber);
      if (!subscriber.closed) source.subscribe(subscriber);
    });
}
