// npm run release -- 0.2.0            makes a release of what CHANGELOG.md has under "Unreleased": version, date, commit and tag. It pushes nothing.
// npm run release -- 0.2.0 --dry-run  checks the same, and only says what it would do.
// npm run check:release               checks that what is checked out, and built, can be published; with --tag <tag>, as that tag.
// node scripts/release.mjs notes      prints what CHANGELOG.md says about the version of package.json, for a release on GitHub.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nextVersions, sectionsOf, violations } from './changelog.mjs';
import { check, conclude, run } from './check.mjs';
import { missing, packedFiles, unexpected } from './packed-files.mjs';
import { disagreeing, placeholders, readPublisher, unfilled } from './publisher.mjs';

const root = join(import.meta.dirname, '..');
const read = path => readFileSync(join(root, path), 'utf8');
const exists = path => existsSync(join(root, path));
const git = async (...args) => (await run(root, 'git', ...args)).trim();
const manifest = JSON.parse(read('package.json'));

/** Checks that must pass before and during a release. */
async function checkState() {
  await check('nothing is changed that is not committed', async () => {
    assert.equal(await git('status', '--porcelain'), '');
  });
  await check('the publisher is filled in, and all files name it', () => {
    const facts = readPublisher();
    const open = placeholders(facts);
    assert.deepEqual(open, [], `publisher.json has placeholders: ${open.join(', ')}`);
    const others = [...disagreeing(facts).map(({ path }) => path), ...unfilled()];
    assert.deepEqual(others, [], `npm run set-publisher: ${others.join(', ')}`);
    return `${facts.owner}/${facts.repository}`;
  });
}

function checkRules(version, text) {
  return check('the version is one that such changes may have', () => {
    const reasons = violations(version, text, exists);
    assert.deepEqual(reasons, [], reasons.join('\n'));
  });
}

/** Checks that `version` can be released now. */
async function checkNext(version) {
  const [{ version: first, text = '' } = {}] = sectionsOf(read('CHANGELOG.md'));
  await checkState();
  await check(`${version} follows ${manifest.version}`, () => {
    assert.ok(nextVersions(manifest.version).includes(version), `One of ${nextVersions(manifest.version).join(', ')}`);
  });
  await check('CHANGELOG.md says what is new, under "Unreleased"', () => {
    assert.equal(first, 'Unreleased');
    assert.notEqual(text, '');
  });
  await checkRules(version, text);
  await check(`there is no tag v${version} yet`, async () => {
    assert.equal(await git('tag', '--list', `v${version}`), '');
  });
}

/** Checks that what is checked out is a release, and can be published. */
async function checkRelease(tag) {
  const { version } = manifest;
  const [newest] = sectionsOf(read('CHANGELOG.md')).filter(section => section.version !== 'Unreleased');
  await checkState();
  await check(`the newest version in CHANGELOG.md is ${version}, with a date`, () => {
    assert.equal(newest?.version, version);
    assert.match(newest.date ?? '', /^\d{4}-\d{2}-\d{2}$/);
    return newest.date;
  });
  await checkRules(version, newest?.text ?? '');
  await check(`the tag is v${version}`, async () => {
    const tags = (await git('tag', '--points-at', 'HEAD')).split('\n');
    assert.ok(tags.includes(`v${version}`), `What is checked out has the tags: ${tags.join(', ')}`);
    assert.equal(tag ?? `v${version}`, `v${version}`);
  });
  await check('the lockfile has the same version', () => {
    const { version: locked, packages } = JSON.parse(read('package-lock.json'));
    assert.deepEqual([locked, packages[''].version], [version, version]);
  });
  await check('packed is what package.json names, and nothing else', async () => {
    const { paths, size } = await packedFiles(root);
    assert.deepEqual(missing(paths, manifest), [], `Not packed: ${missing(paths, manifest).join(', ')}`);
    assert.deepEqual(unexpected(paths), [], `Packed as well: ${unexpected(paths).join(', ')}`);
    return `${paths.length} files, ${(size / 1000).toFixed(1)} kB`;
  });
}

/** The files that a release of `version` writes, by path. */
function changesFor(version) {
  const json = value => `${JSON.stringify(value, null, 2)}\n`;
  const lock = JSON.parse(read('package-lock.json'));
  lock.version = lock.packages[''].version = version;
  const heading = `## [Unreleased]\n\n## [${version}] - ${new Date().toISOString().slice(0, 10)}`;
  return {
    'package.json': json({ ...manifest, version }),
    'package-lock.json': json(lock),
    'CHANGELOG.md': read('CHANGELOG.md').replace('## [Unreleased]', heading),
  };
}

/** Line ends within an item. GitHub shows each of them in a release. */
const WRAPS = /(?<=\S)\n {2,}(?!- |```)(?=\S)/g;

/** The section of CHANGELOG.md about the version, with links that work outside of the repository. */
function notes() {
  const { owner, repository } = readPublisher();
  const { version, text } = sectionsOf(read('CHANGELOG.md')).find(section => section.version === manifest.version);
  const links = `](https://github.com/${owner}/${repository}/blob/v${version}/`;
  return text.replace(WRAPS, ' ').replace(/\]\((?![a-z]+:|#)/g, links);
}

async function release(version, dryRun) {
  await checkNext(version);
  conclude('checks');
  if (process.exitCode) return;
  const changes = changesFor(version);
  const paths = Object.keys(changes);
  if (dryRun) {
    console.log(`Would write ${paths.join(', ')}, commit, and tag it v${version}`);
    return;
  }
  for (const [path, text] of Object.entries(changes)) writeFileSync(join(root, path), text);
  await git('commit', '--quiet', '--message', `Version ${version}`, '--', ...paths);
  await git('tag', '--annotate', '--message', `Version ${version}`, `v${version}`);
  console.log(`Committed, and tagged v${version}. To publish it: git push --follow-tags`);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { tag: { type: 'string' }, 'dry-run': { type: 'boolean' } },
});
const [what = ''] = positionals;
if (what === 'check') {
  await checkRelease(values.tag);
  conclude('checks');
} else if (what === 'notes') {
  console.log(notes());
} else if (/^\d+\.\d+\.\d+$/.test(what)) {
  await release(what, values['dry-run']);
} else {
  console.error('Which version? npm run release -- 0.2.0 [--dry-run]');
  process.exitCode = 1;
}
