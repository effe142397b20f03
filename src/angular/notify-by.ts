import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { takeUntilTeardown } from '../take-until-teardown.js';

/** Runs a notification inside of a zone, outside of it, or in the current one. */
export type Run = (notify: () => void) => void;

/** Runs all notifications of the source with `run`, and values with `runNext`. */
export function notifyBy<T>(run: Run, runNext = run): MonoTypeOperatorFunction<T> {
  return source =>
    new Observable(subscriber => {
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: value => runNext(() => subscriber.next(value)),
        error: (error: unknown) => run(() => subscriber.error(error)),
        complete: () => run(() => subscriber.complete()),
      });
    });
}
