import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

/** A module without types. */
const MODULE: string = new URL('../../scripts/older-versions.mjs', import.meta.url).href;
const { olderVersions } = (await import(MODULE)) as {
  readonly olderVersions: (
    tags: readonly string[],
    current: string,
  ) => { readonly tag: string; readonly folder: string }[];
};

const foldersOf = (tags: readonly string[], current: string) =>
  olderVersions(tags, current).map(({ folder }) => folder);

describe('olderVersions', () => {
  it('returns the newest release of each earlier minor version, newest first', () => {
    const tags = ['v0.1.0', 'v0.2.10', 'v0.2.9', 'v0.3.0', 'v1.0.0', 'v0.10.0', ''];
    expect(olderVersions(tags, '1.0.1')).toEqual([
      { tag: 'v0.10.0', folder: 'v0.10' },
      { tag: 'v0.3.0', folder: 'v0.3' },
      { tag: 'v0.2.10', folder: 'v0.2' },
      { tag: 'v0.1.0', folder: 'v0.1' },
    ]);
  });

  it('leaves out the current minor version, later ones and prereleases', () => {
    expect(foldersOf(['v0.1.3', 'v0.2.0', 'v0.2.1', 'v0.3.0', 'v0.1.4-rc.1', 'site-1'], '0.2.1')).toEqual(['v0.1']);
    expect(foldersOf([], '0.1.0')).toEqual([]);
  });

  it('returns at most five', () => {
    const tags = Array.from({ length: 9 }, (_, minor) => `v0.${minor}.0`);
    expect(foldersOf(tags, '0.9.0')).toEqual(['v0.8', 'v0.7', 'v0.6', 'v0.5', 'v0.4']);
  });

  it('doesn’t depend on the order of the tags', () => {
    const number = fc.nat({ max: 12 });
    const tag = fc.tuple(number, number, number).map(numbers => `v${numbers.join('.')}`);
    fc.assert(
      fc.property(fc.uniqueArray(tag), tags => {
        expect(olderVersions([...tags].reverse(), '6.6.6')).toEqual(olderVersions([...tags].sort(), '6.6.6'));
      }),
    );
  });
});
