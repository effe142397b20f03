import { defer, type Observable, of, throwError, VirtualTimeScheduler } from 'rxjs';
import { reconnect, type ReconnectPolicy } from '../../src/index.js';
import { observe } from '../support/observe.js';

export const lost = () => new Error('lost');
export const failure = (attempt: number) => new Error(`failure ${attempt}`);

/** Fails `times` times, with `failure(1)`, `failure(2)` and so on, and then emits `ok` and completes. */
export function failing(times: number): Observable<string> {
  let attempts = 0;
  return defer(() => (attempts++ < times ? throwError(() => failure(attempts)) : of('ok')));
}

/** Returns how a source ends under a policy, and the total time of its waits. */
export function outcome(source: Observable<unknown>, policy: ReconnectPolicy) {
  const scheduler = new VirtualTimeScheduler();
  const observed = observe(source.pipe(reconnect({ jitter: 0, ...policy }, scheduler)));
  scheduler.flush();
  const { values, error, status } = observed;
  return { values, error, status, after: scheduler.now() };
}
