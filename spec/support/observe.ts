import { afterEach } from '@jest/globals';
import type { Observable, Subscription } from 'rxjs';
import { type Observed, subscribeTo } from './observed.js';

export { type Observed, ofKind } from './observed.js';

const subscriptions = new Set<Subscription>();

/**
 * Unsubscribes from everything that is still observed. Call it in a spec that takes away something that the streams
 * need after each test.
 */
export function unobserve(): void {
  for (const subscription of subscriptions) subscription.unsubscribe();
  subscriptions.clear();
}
// A failed test leaves its streams behind. They would reconnect forever and keep the process alive.
afterEach(unobserve);

/** Subscribes at once, and unsubscribes after the test at the latest. */
export function observe<T>(source: Observable<T>): Observed<T> {
  const observed = subscribeTo(source);
  subscriptions.add(observed.subscription);
  return observed;
}
