import { noAnswer } from '#texts';
import { isObservable, Observable, type OperatorFunction } from 'rxjs';
import { EventSourceError } from './errors.js';
import { takeUntilTeardown } from './take-until-teardown.js';

/** What the application's own code may answer wherever it is asked: a value, or a Promise or an Observable of one. */
export type Answer<T> = T | PromiseLike<T> | Observable<T>;

export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';

// RxJS's own `from`, and with it `switchMap` and all else that subscribes to inner Observables, makes an Observable of anything:
// iterables, streams, Observables of others. That is a third of what a page would load, and nothing here needs it.

/** An answer of whichever form as an Observable; a plain value comes at once, so that no time passes where none needs to. */
export function fromAnswer<T>(answer: Answer<T>): Observable<T> {
  if (isObservable(answer)) return answer;
  return new Observable(subscriber => {
    const emit = (value: T) => {
      subscriber.next(value);
      subscriber.complete();
    };
    if (isPromiseLike(answer)) answer.then(emit, (error: unknown) => subscriber.error(error));
    else emit(answer);
  });
}

/**
 * The answer to `ask`, which is called on subscribing; of an Observable its first value. What `ask` throws is an error of the
 * Observable, and what its answer fails with is one as well, as `rejected` makes it. `name` says who answered nothing if an
 * Observable is empty; if it is `''`, that is fine.
 */
export function settle<T>(
  name: string,
  ask: () => Answer<T>,
  rejected: (error: unknown) => unknown = error => error,
): Observable<T> {
  return new Observable(subscriber => {
    fromAnswer(ask())
      .pipe(takeUntilTeardown(subscriber))
      .subscribe({
        next: value => {
          subscriber.next(value);
          subscriber.complete();
        },
        error: (error: unknown) => subscriber.error(rejected(error)),
        complete: () => (name ? subscriber.error(new EventSourceError(noAnswer(name))) : subscriber.complete()),
      });
  });
}

/**
 * Goes on with what `follow` makes of the source's one value: `switchMap` for a step of several. When the step has completed it is
 * let go, and what follows hands its values straight to the subscriber. So steps that are behind cost a long stream nothing: no
 * memory, and no call for each value.
 */
export function andThen<T, R>(follow: (value: T) => Answer<R>): OperatorFunction<T, R> {
  return source =>
    new Observable(subscriber => {
      let value: T;
      // Within an Observable of its own: what `follow` throws is its error.
      const goOn = () =>
        new Observable<R>(() => void fromAnswer(follow(value)).subscribe(subscriber)).subscribe(subscriber);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: answer => (value = answer),
        error: (error: unknown) => subscriber.error(error),
        complete: goOn,
      });
    });
}
