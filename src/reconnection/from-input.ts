import { isObservable, Observable, type ObservableInput } from 'rxjs';
import { check } from '../check.js';
import { fromAnswer, isPromiseLike } from '../settle.js';

/**
 * What the option `name` answered with as an Observable; of an iterable its first value, if there is one. It is RxJS's `from`
 * without its weight (see `settle.ts`).
 */
export function fromInput(name: string, input: ObservableInput<unknown>): Observable<unknown> {
  if (isObservable(input) || isPromiseLike(input)) return fromAnswer(input);
  return new Observable(subscriber => {
    const iterable = input as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
    const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
    check(name, input, ['milliseconds, an Observable or a Promise as the answer', () => iterator !== undefined]);
    subscriber.add(() => void iterator?.return?.());
    fromAnswer(iterator?.next()).subscribe({
      next: result => {
        if (!result?.done) subscriber.next(result?.value);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}
