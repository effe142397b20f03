import { type MonoTypeOperatorFunction, Observable, Subject, takeUntil } from 'rxjs';

/** Runs a notification inside of a zone, outside of it, or in the current one. */
export type Run = (notify: () => void) => void;

/** Runs all notifications of the source with `run`, and values with `runNext`. */
export function notifyBy<T>(run: Run, runNext = run): MonoTypeOperatorFunction<T> {
  return source =>
    new Observable(subscriber => {
      // The source may emit during subscribe, and be unsubscribed at that moment.
      const left = new Subject<void>();
      subscriber.add(() => left.next());
      source.pipe(takeUntil(left)).subscribe({
        next: value => runNext(() => subscriber.next(value)),
        error: (error: unknown) => run(() => subscriber.error(error)),
        complete: () => {
          // Unsubscribing doesn't need the zone.
          if (!subscriber.closed) run(() => subscriber.complete());
        },
      });
    });
}
