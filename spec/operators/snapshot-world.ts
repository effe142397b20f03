import fc from 'fast-check';

/**
 * The model: a server has a growing list, 1, 2, 3 and so on. Its events contain the added numbers, and its snapshots the length of the list. So a
 * store that misses and repeats nothing always holds 1, 2, 3 up to some number. It never gets shorter, and in the end it holds the whole list.
 */
export interface World {
  /** Whether events have ids. Without ids, each connection starts with new events only. */
  readonly hasIds: boolean;
  /** How the server reports that requested events are trimmed: by a header, by an event, or by a refusal (410). */
  readonly tells: 'header' | 'event' | 'refusal';
  /** Where the server then continues: with the oldest event that it still has, or with new events only. */
  readonly goesOn: 'oldest' | 'now';
  /** The kinds of values that `load` returns, in turns. */
  readonly answers: readonly ('value' | 'promise' | 'observable')[];
  /** Whether a second subscriber shares the stream. */
  readonly isShared: boolean;
  /** The actions, in order. */
  readonly acts: readonly Act[];
  /** The actions of the first subscriber inside `next`, in turns; `undefined` is none. Unused if the stream is shared. */
  readonly within: readonly (Act | undefined)[];
}

export type Act =
  | { readonly act: 'append' | 'deliver'; readonly count: number }
  | { readonly act: 'trim'; readonly share: number }
  | { readonly act: 'read' | 'answer' | 'fail'; readonly which: number }
  | { readonly act: 'tick'; readonly milliseconds: number }
  | { readonly act: 'accept' | 'cut' | 'pause' | 'renew' | 'beat' | 'break' | 'leave' | 'join' };

const plain = fc.constantFrom(
  ...(['accept', 'accept', 'accept', 'cut', 'pause', 'renew', 'beat', 'break', 'leave', 'join'] as const),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('trim' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constantFrom('read', 'answer', 'answer', 'fail' as const), which: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('tick' as const), milliseconds: fc.constantFrom(0, 1, 1000, 4000) }),
  },
  { weight: 5, arbitrary: fc.record({ act: plain }) },
);

export const world: fc.Arbitrary<World> = fc.record({
  hasIds: fc.boolean(),
  tells: fc.constantFrom('header', 'event', 'refusal' as const),
  goesOn: fc.constantFrom('oldest', 'now' as const),
  answers: fc.array(fc.constantFrom('value', 'promise', 'observable', 'observable' as const), {
    minLength: 1,
    maxLength: 4,
  }),
  isShared: fc.boolean(),
  acts: fc.array(act, { maxLength: 60, size: 'max' }),
  within: fc.array(fc.option(act, { nil: undefined, freq: 3 }), { maxLength: 12 }),
});
