import { isObservable, Observable, type ObservableInput } from 'rxjs';
import { check } from '../check.js';
import { fromAnswer, isPromiseLike } from '../settle.js';
import { takeUntilTeardown } from '../take-until-teardown.js';

/**
 * The first value, if there is one, of what the option `name` answered with: RxJS's `from` without its weight (see `settle.ts`).
 */
export function firstOf(name: string, input: ObservableInput<unknown>): Observable<unknown> {
  return new Observable(subscriber => {
    const end = () => subscriber.complete();
    const emit = (value: unknown) => {
      subscriber.next(value);
      end();
    };
    const error = (error: unknown) => subscriber.error(error);

    if (isObservable(input) || isPromiseLike(input)) {
      fromAnswer(input).pipe(takeUntilTeardown(subscriber)).subscribe({ next: emit, error, complete: end });
    } else {
      const iterable = input as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
      const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
      check(name, input, iterator !== undefined, 'milliseconds, an Observable or a Promise as the answer');
      subscriber.add(() => void iterator?.return?.());
      fromAnswer(iterator?.next()).subscribe({ next: result => (result?.done ? end() : emit(result?.value)), error });
    }
  });
}
