import { describe, expect, it } from '@jest/globals';
import { failureOf, within } from '../../../src/cli/doctor/measuring/within.js';

const never = () => undefined;
const { signal } = new AbortController();

describe('within', () => {
  it.each<[string, () => Promise<string>, object]>([
    ['its time limit', () => within({ limit: 1, signal }, never), { code: 'TIMEOUT' }],
    ['an earlier abort', () => within({ limit: 1000, signal: AbortSignal.abort() }, never), { code: 'ABORTED' }],
    ['a rejection', () => within({ limit: 1000, signal }, (_, reject) => reject(new Error('no'))), { message: 'no' }],
    [
      'an exception',
      () =>
        within({ limit: 1000, signal }, () => {
          throw new Error('no');
        }),
      { message: 'no' },
    ],
  ])('rejects because of %s', async (_what, start, error) => {
    await expect(start()).rejects.toMatchObject(error);
  });

  it('rejects when it is aborted', async () => {
    const aborter = new AbortController();
    const waiting = within({ limit: 60_000, signal: aborter.signal }, never);
    aborter.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('fulfills with the resolved value', async () => {
    await expect(within({ limit: 1000, signal }, resolve => resolve('it'))).resolves.toBe('it');
  });
});

describe('failureOf', () => {
  const coded = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  it.each([
    [coded, { code: 'ECONNREFUSED', message: 'refused' }],
    [new AggregateError([coded, new Error('other')]), { code: 'ECONNREFUSED', message: 'refused' }],
    [new TypeError('wrong'), { code: 'TypeError', message: 'wrong' }],
    ['text', { code: 'UNKNOWN', message: 'text' }],
  ])('returns the code and message of %p', (error, failure) => {
    expect(failureOf(error)).toEqual(failure);
  });
});
