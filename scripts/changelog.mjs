// CHANGELOG.md, in the format of Keep a Changelog: a section for each version, the newest first.

const HEADING = /^## \[(.+?)\](?: - (.+))?$/gm;
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/** Its sections in order: `version` (or `Unreleased`), `date`, and the text below the heading. */
export function sectionsOf(changelog) {
  const headings = [...changelog.matchAll(HEADING)];
  return headings.map(({ 0: heading, 1: version, 2: date, index }, position) => ({
    version,
    date,
    text: changelog.slice(index + heading.length, headings[position + 1]?.index).trim(),
  }));
}

/** The versions that may follow `version`: with a change that breaks something, with new features, with fixes alone. */
export function nextVersions(version) {
  const [, major, minor, patch] = VERSION.exec(version).map(Number);
  return [`${major + 1}.0.0`, `${major}.${minor + 1}.0`, `${major}.${minor}.${patch + 1}`];
}

/**
 * The faults of a release of `version`, by its section: CONTRIBUTING.md has the rules. `exists` answers whether there is a
 * file of that path.
 */
export function violations(version, text, exists) {
  const [, major, minor, patch] = VERSION.exec(version).map(Number);
  if (!/^(#+ )?Breaking\b/m.test(text)) return [];
  const page = `docs/migrating-to-${major}.${minor}.md`;
  return [
    ...(patch > 0 ? [`${version} is a patch, and its section of CHANGELOG.md says "Breaking"`] : []),
    ...(major > 0 && minor > 0 ? [`${version} is a minor, and its section of CHANGELOG.md says "Breaking"`] : []),
    ...(exists(page) ? [] : [`Its section of CHANGELOG.md says "Breaking", and there is no ${page}`]),
  ];
}
