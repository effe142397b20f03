/**
 * Returns the older versions that the site has: the newest release of each minor version before `current`, newest first.
 * Each has its tag and its folder on the site.
 */
export function olderVersions(tags, current, most = 5) {
  const [major, minor] = current.split('.').map(Number);
  const newest = new Map();
  for (const tag of tags) {
    // A prerelease has no place of its own.
    const numbers = /^v(\d+)\.(\d+)\.(\d+)$/.exec(tag)?.slice(1).map(Number);
    if (!numbers || compare(numbers, [major, minor, 0]) >= 0) continue;
    const folder = `v${numbers[0]}.${numbers[1]}`;
    const known = newest.get(folder);
    if (!known || compare(numbers, known.numbers) > 0) newest.set(folder, { tag, folder, numbers });
  }
  return [...newest.values()]
    .sort((one, other) => compare(other.numbers, one.numbers))
    .slice(0, most)
    .map(({ tag, folder }) => ({ tag, folder }));
}

const compare = (one, other) => one.map((number, index) => number - other[index]).find(Boolean) ?? 0;
