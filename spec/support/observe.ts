import { afterEach } from '@jest/globals';
import type { Observable, Subscription } from 'rxjs';
import { type Observed, subscribeTo } from './observed.js';

export { type Observed, ofKind } from './observed.js';

const subscriptions = new Set<Subscription>();

/** Ends what is still observed; for a spec that takes something away after each test which that still needs. */
export function unobserve(): void {
  for (const subscription of subscriptions) subscription.unsubscribe();
  subscriptions.clear();
}
// A test that fails leaves its streams behind: they would reconnect for ever, and keep the process alive.
afterEach(unobserve);

/** Subscribes at once, until the test is over at the latest. */
export function observe<T>(source: Observable<T>): Observed<T> {
  const observed = subscribeTo(source);
  subscriptions.add(observed.subscription);
  return observed;
}
