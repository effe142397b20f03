import { noAnswer } from '#texts';
import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, of, startWith, Subject, throwError } from 'rxjs';
import { EventSourceError } from '../src/index.js';
import { settle } from '../src/settle.js';
import { observe } from './support/observe.js';

describe('settle', () => {
  class Rejected extends Error {
    constructor(readonly of: unknown) {
      super();
    }
  }
  const failure = new Error('no network');
  const rejected = (error: unknown) => new Rejected(error);

  it('emits the first value and completes, synchronously if the value is available', () => {
    for (const answer of [5, of(5), of(5, 6), NEVER.pipe(startWith(5))]) {
      const stream = observe(settle('headers', () => answer));
      expect(stream).toMatchObject({ values: [5], status: 'completed' });
    }
  });

  it('unsubscribes from an Observable after its first value, or when its subscriber unsubscribes', () => {
    const live = new Subject<number>();
    const stream = observe(settle('headers', () => live));
    live.next(5);
    expect(stream).toMatchObject({ values: [5], status: 'completed' });
    expect(live.observed).toBe(false);
    observe(settle('headers', () => live)).subscription.unsubscribe();
    expect(live.observed).toBe(false);
  });

  it('calls the function again for each subscription', async () => {
    let asked = 0;
    const source = settle('headers', () => Promise.resolve(++asked));
    expect(asked).toBe(0);
    expect(await observe(source).completed()).toEqual([1]);
    expect(await observe(source).completed()).toEqual([2]);
  });

  it('maps an error of the Promise or Observable if a mapper is given, but not a synchronous throw', async () => {
    const answers = [() => Promise.reject(failure), () => throwError(() => failure)];
    for (const ask of answers) {
      expect(await observe(settle('headers', ask)).failed()).toBe(failure);
      expect(await observe(settle('headers', ask, rejected)).failed()).toEqual(
        expect.objectContaining({ constructor: Rejected, of: failure }),
      );
    }
    const throwing = () => {
      throw failure;
    };
    expect(await observe(settle('headers', throwing, rejected)).failed()).toBe(failure);
  });

  it('fails with an unmapped `EventSourceError` on an empty Observable, or just completes if no name is given', async () => {
    const error = await observe(settle('headers', () => EMPTY, rejected)).failed();
    expect(error).toEqual(new EventSourceError(noAnswer('headers')));
    expect(await observe(settle('', () => EMPTY)).completed()).toEqual([]);
  });
});
