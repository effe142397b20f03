import { defer, from, isObservable, type Observable, of, take, throwIfEmpty } from 'rxjs';
import { EventSourceError } from './errors.js';

/** What the application's own code may answer wherever it is asked: a value, or a Promise or an Observable of one. */
export type Answer<T> = T | PromiseLike<T> | Observable<T>;

export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

/**
 * The answer to `ask`, which is called on subscribing: at once where it is a plain value, so that no time passes where none
 * needs to. What `ask` throws is an error of the Observable. `name` says who answered nothing where an Observable is empty.
 */
export function settle<T>(name: string, ask: () => Answer<T>): Observable<T> {
  return defer(() => {
    const answer = ask();
    if (isObservable(answer)) {
      return answer.pipe(
        take(1),
        throwIfEmpty(
          () => new EventSourceError(`Expected a value from the Observable of \`${name}\`, but it was empty`),
        ),
      );
    }
    return isPromiseLike(answer) ? from(answer) : of(answer);
  });
}
