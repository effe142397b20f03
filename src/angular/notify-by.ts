import { type MonoTypeOperatorFunction, Observable, Subject, takeUntil } from 'rxjs';

/** Runs a notification where it is to be run: inside of a zone, outside of it, or where it is. */
export type Run = (notify: () => void) => void;

/** What the source emits, run by `run`; values by `runNext`. */
export function notifyBy<T>(run: Run, runNext = run): MonoTypeOperatorFunction<T> {
  return source =>
    new Observable(subscriber => {
      // The source may emit while it is subscribed to, and be left in that very moment.
      const left = new Subject<void>();
      subscriber.add(() => left.next());
      source.pipe(takeUntil(left)).subscribe({
        next: value => runNext(() => subscriber.next(value)),
        error: (error: unknown) => run(() => subscriber.error(error)),
        complete: () => {
          // To unsubscribe is no reason to enter a zone.
          if (!subscriber.closed) run(() => subscriber.complete());
        },
      });
    });
}
