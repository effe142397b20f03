import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PublishingRepository } from '../support/publishing-repository.js';

const PUBLISHER = {
  owner: 'alice',
  repository: 'rx-sse',
  homepage: 'https://alice.github.io/rx-sse/',
  securityContact: 'security@alice.example',
  conductContact: 'conduct@alice.example',
};
const MANIFEST = {
  name: 'rx-sse',
  version: '0.1.3',
  exports: { '.': './dist/esm/index.js', './parser': { types: './dist/esm/parser.d.ts' } },
  files: ['dist', 'docs', 'CHANGELOG.md'],
  repository: { type: 'git', url: 'git+https://github.com/alice/rx-sse.git' },
  homepage: 'https://alice.github.io/rx-sse/',
  bugs: { url: 'https://github.com/alice/rx-sse/issues' },
};
const LOCK = { name: 'rx-sse', version: '0.1.3', packages: { '': { name: 'rx-sse', version: '0.1.3' } } };
const CHANGELOG = `# Changelog

## [Unreleased]

- A new option.

## [0.1.3] - 2026-01-31

- The first one.
`;
const DAY = 24 * 60 * 60 * 1000;
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

let repository: PublishingRepository;
beforeEach(() => {
  repository = new PublishingRepository({
    'package.json': json(MANIFEST),
    'package-lock.json': json(LOCK),
    'publisher.json': json(PUBLISHER),
    'CHANGELOG.md': CHANGELOG,
    'README.md': '# rx-sse\n',
    LICENSE: 'MIT\n',
    'docs/page.md': '# A page\n',
    'dist/esm/index.js': '',
    'dist/esm/parser.d.ts': '',
  });
});
afterEach(() => repository.remove());

/** Changes a file, and commits the change. */
const change = (path: string, before: string, after: string) => {
  repository.replace(path, before, after);
  repository.commit();
};

const state = () => [
  repository.git('rev-parse', 'HEAD'),
  repository.git('tag'),
  repository.git('status', '--porcelain'),
];

describe('npm run release', () => {
  const release = (...args: string[]) => repository.run('release.mjs', ...args);

  it('writes version and date, commits, tags, and leaves a clean tree that can be published', async () => {
    expect(await release('0.1.4')).toMatchObject({ code: 0 });
    expect(repository.read('package.json')).toBe(json({ ...MANIFEST, version: '0.1.4' }));
    expect(repository.read('package-lock.json')).toBe(json(LOCK).replaceAll('0.1.3', '0.1.4'));
    const [date = ''] = /\d{4}-\d{2}-\d{2}/.exec(repository.read('CHANGELOG.md')) ?? [];
    expect(repository.read('CHANGELOG.md')).toBe(
      CHANGELOG.replace('[Unreleased]', `[Unreleased]\n\n## [0.1.4] - ${date}`),
    );
    expect(Math.abs(Date.now() - Date.parse(date))).toBeLessThan(2 * DAY);
    expect(repository.git('log', '-1', '--format=%s')).toBe('Version 0.1.4');
    expect(repository.git('tag', '--points-at', 'HEAD')).toBe('v0.1.4');
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(await repository.run('release.mjs', 'check', '--tag', 'v0.1.4')).toMatchObject({ code: 0 });
  });

  it('only prints what it would do with --dry-run', async () => {
    const before = state();
    const { code, output } = await release('0.2.0', '--dry-run');
    expect(code).toBe(0);
    expect(output).toContain('Would write package.json, package-lock.json, CHANGELOG.md, commit, and tag it v0.2.0');
    expect(state()).toEqual(before);
  });

  it('requires a valid version', async () => {
    expect(await release('next')).toEqual({ code: 1, output: expect.stringContaining('Which version?') });
  });

  it('allows a minor of 0.x to break something, if a page explains how to migrate', async () => {
    change('CHANGELOG.md', '- A new option.', 'Breaking:\n\n- An option is gone.');
    repository.write('docs/migrating-to-0.2.md', '# From 0.1\n');
    repository.commit();
    expect(await release('0.2.0', '--dry-run')).toMatchObject({ code: 0 });
  });

  describe('refuses', () => {
    it.each<[string, string, string, () => void]>([
      ['uncommitted changes', '0.1.4', 'M README.md', () => repository.write('README.md', 'changed\n')],
      ['an untracked file', '0.1.4', '?? new.ts', () => repository.write('new.ts', '')],
      ['the current version', '0.1.3', '1.0.0, 0.2.0, 0.1.4', () => undefined],
      ['a version that skips one', '0.1.5', '1.0.0, 0.2.0, 0.1.4', () => undefined],
      [
        'a version whose tag exists',
        '0.1.4',
        'FAIL  there is no tag v0.1.4 yet',
        () => repository.git('tag', 'v0.1.4'),
      ],
      [
        'a placeholder in publisher.json',
        '0.1.4',
        'publisher.json has placeholders: conductContact',
        () => change('publisher.json', 'conduct@alice.example', 'conduct@OWNER.example'),
      ],
      [
        'a file with a placeholder',
        '0.1.4',
        'npm run set-publisher: README.md',
        () => change('README.md', '# rx-sse', '[The site](https://OWNER.github.io/elsewhere)'),
      ],
      [
        'a file that names another publisher',
        '0.1.4',
        'npm run set-publisher: docs/page.md',
        () => change('docs/page.md', '# A page', '[Issues](https://github.com/bob/rx-sse/issues)'),
      ],
      [
        'a changelog without changes to release',
        '0.1.4',
        'FAIL  CHANGELOG.md says what is new',
        () => change('CHANGELOG.md', '- A new option.', ''),
      ],
      [
        'a changelog without an `Unreleased` section',
        '0.1.4',
        'FAIL  CHANGELOG.md says what is new',
        () => change('CHANGELOG.md', '## [Unreleased]', '## News'),
      ],
      [
        'a patch that breaks something',
        '0.1.4',
        '0.1.4 is a patch, and its section of CHANGELOG.md says "Breaking"',
        () => change('CHANGELOG.md', '- A new option.', 'Breaking, each once:\n\n- An option is gone.'),
      ],
      [
        'a breaking change that no page explains',
        '0.2.0',
        'there is no docs/migrating-to-0.2.md',
        () => change('CHANGELOG.md', '- A new option.', '### Breaking\n\n- An option is gone.'),
      ],
      [
        'a minor of 1.x that breaks something',
        '1.1.0',
        '1.1.0 is a minor, and its section of CHANGELOG.md says "Breaking"',
        () => {
          change('package.json', '0.1.3', '1.0.0');
          change('CHANGELOG.md', '- A new option.', 'Breaking:\n\n- An option is gone.');
        },
      ],
    ])('%s', async (_, version, reason, prepare) => {
      prepare();
      const before = state();
      const { code, output } = await release(version);
      expect(output).toContain(reason);
      expect(code).toBe(1);
      expect(state()).toEqual(before);
    });
  });
});

describe('npm run check:release', () => {
  const check = (...args: string[]) => repository.run('release.mjs', 'check', ...args);

  it('passes for a release', async () => {
    repository.git('tag', 'v0.1.3');
    const { code, output } = await check();
    expect(output).toContain('All 7 checks passed');
    expect(code).toBe(0);
  });

  it('fails without a tag', async () => {
    const { code, output } = await check();
    expect(output).toContain('FAIL  the tag is v0.1.3');
    expect(code).toBe(1);
  });

  it.each<[string, string, () => void]>([
    ['another version in package.json', 'FAIL  the newest version', () => change('package.json', '0.1.3', '0.1.4')],
    ['no date in CHANGELOG.md', 'FAIL  the newest version', () => change('CHANGELOG.md', ' - 2026-01-31', '')],
    ['another version in the lockfile', 'FAIL  the lockfile', () => change('package-lock.json', '0.1.3', '0.1.2')],
    [
      'a placeholder in publisher.json',
      'has placeholders: owner',
      () => change('publisher.json', '"alice"', '"OWNER"'),
    ],
    ['uncommitted changes', 'FAIL  nothing is changed', () => repository.write('README.md', 'changed\n')],
    [
      'a file that package.json names but the package lacks',
      'Not packed: dist/esm/parser.d.ts',
      () => change('package.json', '"dist",', '"dist/esm/index.js",'),
    ],
    [
      'a file in the package that does not belong there',
      'Packed as well: docs/secret.env',
      () => {
        repository.write('docs/secret.env', '');
        repository.commit();
      },
    ],
  ])('fails with %s', async (_, reason, prepare) => {
    prepare();
    repository.git('tag', 'v0.1.3');
    const { code, output } = await check();
    expect(output).toContain(reason);
    expect(code).toBe(1);
  });

  it('fails if `--tag` names another version, even if the commit has that tag', async () => {
    repository.git('tag', 'v0.1.3');
    repository.git('tag', 'v0.2.0');
    expect(await check('--tag', 'v0.1.3')).toMatchObject({ code: 0 });
    expect(await check('--tag', 'v0.2.0')).toMatchObject({ code: 1 });
  });
});

describe('node scripts/release.mjs notes', () => {
  it('prints the section of the changelog about the version in package.json, with absolute links', async () => {
    repository.replace('CHANGELOG.md', '- The first one.', '- [One](docs/one.md#a) and [two](https://example.org).');
    expect(await repository.run('release.mjs', 'notes')).toEqual({
      code: 0,
      output: '- [One](https://github.com/alice/rx-sse/blob/v0.1.3/docs/one.md#a) and [two](https://example.org).\n',
    });
  });

  it('prints each item as one line', async () => {
    repository.replace('CHANGELOG.md', '- The first one.', '- One.\n  `two`.\n  - Three.\n    Four.\n- Five.');
    expect(await repository.run('release.mjs', 'notes')).toEqual({
      code: 0,
      output: '- One. `two`.\n  - Three. Four.\n- Five.\n',
    });
  });
});

describe('this repository', () => {
  it('has the version in package.json as the newest one in CHANGELOG.md', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const [newest] = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## \[(\d.*?)\] - (\d{4}-\d{2}-\d{2})$/gm)];
    expect(newest?.[1]).toBe(version);
  });
});
