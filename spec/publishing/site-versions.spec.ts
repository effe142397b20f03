import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PublishingRepository } from '../support/publishing-repository.js';

const PACKAGE = { name: 'rx-sse', version: '0.1.0' };
const LOCK = { ...PACKAGE, lockfileVersion: 3, requires: true, packages: { '': PACKAGE } };
/** Replaces the real script, which `npm run check:site` tests. Writes a page with its version, and with the versions that it links to. */
const SITE = `
  import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
  const { SITE_FOLDER = '', SITE_VERSIONS } = process.env;
  mkdirSync('site/dist/' + SITE_FOLDER, { recursive: true });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('site/dist/' + SITE_FOLDER + 'index.html', version + ' links to [' + SITE_VERSIONS + ']');
`;

describe('npm run site:versions', () => {
  let repository: PublishingRepository;
  beforeEach(() => {
    repository = new PublishingRepository({
      'package.json': JSON.stringify(PACKAGE),
      'package-lock.json': JSON.stringify(LOCK),
      'scripts/site.mjs': SITE,
      '.gitignore': 'site/dist\n',
    });
  });
  afterEach(() => repository.remove());

  const release = (version: string) => {
    repository.write('package.json', JSON.stringify({ ...PACKAGE, version }));
    repository.commit();
    repository.git('tag', `v${version}`);
  };
  const page = (folder = '') => repository.read(`site/dist/${folder}index.html`);
  const worktrees = () => repository.git('worktree', 'list').split('\n');

  it('builds the newest version, and each older one from its tag into its folder', async () => {
    for (const version of ['0.1.1', '0.1.2', '0.2.0', '0.3.0']) release(version);
    expect(await repository.run('site-versions.mjs')).toMatchObject({ code: 0 });
    expect(page()).toBe('0.3.0 links to [v0.2 v0.1]');
    expect(page('v0.2/')).toBe('0.2.0 links to []');
    expect(page('v0.1/')).toBe('0.1.2 links to []');
    expect(worktrees()).toHaveLength(1);
  });

  it('builds only the current version if nothing was released', async () => {
    expect(await repository.run('site-versions.mjs')).toMatchObject({ code: 0 });
    expect(page()).toBe('0.1.0 links to []');
  });

  it('fails if an older version can’t be built, and leaves no checkout behind', async () => {
    repository.write('scripts/site.mjs', 'process.exit(1)');
    release('0.1.1');
    repository.write('scripts/site.mjs', SITE);
    release('0.2.0');
    const checkouts = () => readdirSync(tmpdir()).filter(name => name.startsWith('rx-sse-site-'));
    const before = checkouts();
    const { code } = await repository.run('site-versions.mjs');
    expect(code).not.toBe(0);
    expect(checkouts()).toEqual(before);
    expect(worktrees()).toHaveLength(1);
  });
});
