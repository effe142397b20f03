import { noAnswer } from '#texts';
import { isObservable, Observable, type OperatorFunction } from 'rxjs';
import { EventSourceError } from './errors.js';
import { takeUntilTeardown } from './take-until-teardown.js';

/** The answer of your own functions: a value, or a Promise or an Observable of one. */
export type Answer<T> = T | PromiseLike<T> | Observable<T>;

export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';

// Replaces `from` of RxJS, which `switchMap` and similar operators use too. `from` also supports iterables, streams and
// Observables of other libraries, which nothing here needs. It would be a third of the code that a page loads.

/** Turns an answer into an Observable. A plain value is emitted synchronously. */
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
 * Calls `ask` on subscribe and emits its answer, of an Observable only the first value. Errors if `ask` throws, or if
 * its answer fails; `rejected` maps the error of the answer. If an Observable completes without a value, errors with
 * the `name` of the option, or completes if `name` is `''`.
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
 * Continues with `follow` for the single value of the source, like `switchMap`. After that value, the source is
 * released, and the values of the next step go directly to the subscriber. So finished steps cost a long stream no memory
 * and no calls.
 */
export function andThen<T, R>(follow: (value: T) => Answer<R>): OperatorFunction<T, R> {
  return source =>
    new Observable(subscriber => {
      let value: T;
      // In an Observable, which errors if `follow` throws.
      const goOn = () =>
        new Observable<R>(() => {
          const answer = fromAnswer(follow(value));
          // `follow` may also end the subscriber itself.
          if (!subscriber.closed) answer.subscribe(subscriber);
        }).subscribe(subscriber);
      source.pipe(takeUntilTeardown(subscriber)).subscribe({
        next: answer => (value = answer),
        error: (error: unknown) => subscriber.error(error),
        complete: goOn,
      });
    });
}
