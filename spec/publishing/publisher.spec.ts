import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PublishingRepository } from '../support/publishing-repository.js';

const NOBODY = JSON.stringify({
  owner: 'OWNER',
  repository: 'rx-sse',
  homepage: 'https://OWNER.github.io/rx-sse/',
  securityContact: 'https://github.com/OWNER/rx-sse/security/advisories/new',
  conductContact: 'conduct@OWNER.example',
});
const ALICE = JSON.stringify({
  owner: 'alice',
  repository: 'rx-sse',
  homepage: 'https://rx-sse.example/docs/',
  securityContact: 'security@alice.example',
  conductContact: 'https://alice.example/conduct',
});

const FIELDS = {
  name: 'rx-sse',
  repository: { type: 'git', url: 'git+https://github.com/OWNER/rx-sse.git' },
  homepage: 'https://OWNER.github.io/rx-sse/',
  bugs: { url: 'https://github.com/OWNER/rx-sse/issues' },
  keywords: ['sse'],
};

describe('this repository', () => {
  it('names the publisher from publisher.json everywhere', () => {
    const output = execFileSync(process.execPath, ['scripts/set-publisher.mjs', '--check'], { encoding: 'utf8' });
    expect(output).toContain('All files agree with publisher.json');
  });

  it.each([
    ['SECURITY.md', 'securityContact'],
    ['CODE_OF_CONDUCT.md', 'conductContact'],
  ])('has a mark in %s for %s', (path, fact) => {
    expect(readFileSync(path, 'utf8')).toContain(`<!-- publisher: ${fact} -->`);
  });
});

describe('npm run set-publisher', () => {
  let repository: PublishingRepository;
  beforeEach(() => {
    repository = new PublishingRepository({
      'publisher.json': NOBODY,
      'package.json': `${JSON.stringify(FIELDS, null, 2)}\n`,
      'CODE_OF_CONDUCT.md': 'To <!-- publisher: conductContact --><conduct@OWNER.example><!-- /publisher -->.\n',
      'SECURITY.md':
        'To <!-- publisher: securityContact --><https://github.com/OWNER/rx-sse/security/advisories/new><!-- /publisher -->.\n',
      'docs/page.md':
        '[The site](https://OWNER.github.io/rx-sse/page), ![ci](https://example.org/OWNER/rx-sse/ci.svg)\n',
      'docs/logo.png': '\0 OWNER/rx-sse',
      '.github/workflows/release.yml': "if: github.repository == 'OWNER/rx-sse'\n",
      '.github/ISSUE_TEMPLATE/config.yml': 'url: https://github.com/OWNER/rx-sse/issues\n',
      'spec/another.ts': "const fork = 'https://github.com/OWNER/rx-sse';\n",
    });
  });
  afterEach(() => repository.remove());

  const setTo = (facts: string) => {
    repository.write('publisher.json', facts);
    return repository.run('set-publisher.mjs');
  };

  it('changes nothing if all files agree', async () => {
    const { code, output } = await repository.run('set-publisher.mjs');
    expect(code).toBe(0);
    expect(output).toContain('All files agree with publisher.json');
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('writes repository, homepage and bugs in package.json, and nothing else', async () => {
    await setTo(ALICE);
    expect(JSON.parse(repository.read('package.json'))).toEqual({
      ...FIELDS,
      repository: { type: 'git', url: 'git+https://github.com/alice/rx-sse.git' },
      homepage: 'https://rx-sse.example/docs/',
      bugs: { url: 'https://github.com/alice/rx-sse/issues' },
    });
  });

  it('writes the contacts between their marks', async () => {
    await setTo(ALICE);
    expect(repository.read('CODE_OF_CONDUCT.md')).toBe(
      'To <!-- publisher: conductContact --><https://alice.example/conduct><!-- /publisher -->.\n',
    );
    expect(repository.read('SECURITY.md')).toBe(
      'To <!-- publisher: securityContact --><security@alice.example><!-- /publisher -->.\n',
    );
  });

  it('writes pages, workflows and forms that name the repository or the site', async () => {
    const { output } = await setTo(ALICE);
    expect(repository.read('docs/page.md')).toBe(
      '[The site](https://rx-sse.example/docs/page), ![ci](https://example.org/alice/rx-sse/ci.svg)\n',
    );
    expect(repository.read('.github/workflows/release.yml')).toContain("'alice/rx-sse'");
    expect(repository.read('.github/ISSUE_TEMPLATE/config.yml')).toContain('https://github.com/alice/rx-sse/issues');
    expect(output).toContain('docs/page.md written');
  });

  it('leaves specs and binary files as they are', async () => {
    await setTo(ALICE);
    expect(repository.git('status', '--porcelain', '--', 'spec', 'docs/logo.png')).toBe('');
  });

  it('can be undone, and repeated for another publisher', async () => {
    await setTo(ALICE);
    await setTo(ALICE.replaceAll('alice', 'bob-corp').replace('rx-sse.example/docs', 'bob-corp.github.io/rx-sse'));
    expect(repository.read('docs/page.md')).toContain('https://bob-corp.github.io/rx-sse/page');
    await setTo(NOBODY);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  describe('--check', () => {
    it('passes if all files agree, and lists the facts that nobody has filled in yet', async () => {
      const { code, output } = await repository.run('set-publisher.mjs', '--check');
      expect(code).toBe(0);
      expect(output).toContain('Nobody has filled in yet: owner, homepage, securityContact, conductContact');
      await setTo(ALICE);
      expect((await repository.run('set-publisher.mjs', '--check')).output).not.toContain('Nobody');
    });

    it.each([
      ['package.json', 'https://github.com/OWNER/rx-sse/issues', 'https://github.com/alice/rx-sse/issues'],
      ['docs/page.md', 'https://OWNER.github.io/rx-sse', 'https://alice.github.io/rx-sse'],
      ['SECURITY.md', 'https://github.com/OWNER/rx-sse/security/advisories/new', 'security@alice.example'],
    ])('fails if %s names another publisher, and changes nothing', async (path, before, after) => {
      repository.replace(path, before, after);
      const changed = repository.read(path);
      const { code, output } = await repository.run('set-publisher.mjs', '--check');
      expect(code).toBe(1);
      expect(output).toContain(`${path} disagrees with publisher.json: npm run set-publisher`);
      expect(repository.read(path)).toBe(changed);
    });
  });

  it.each([
    ['owner', 'not an owner'],
    ['homepage', 'http://alice.example'],
    ['conductContact', 'alice'],
  ])('refuses a value of %s in the wrong format', async (name, value) => {
    const { code, output } = await setTo(JSON.stringify({ ...(JSON.parse(ALICE) as object), [name]: value }));
    expect(code).toBe(1);
    expect(output).toContain(`publisher.json: "${name}" must match`);
  });

  it('refuses a mark that names no fact of publisher.json', async () => {
    repository.replace('SECURITY.md', 'publisher: securityContact', 'publisher: mail');
    const { code, output } = await repository.run('set-publisher.mjs', '--check');
    expect(code).toBe(1);
    expect(output).toContain('SECURITY.md has a mark for "mail", which is no fact of publisher.json');
  });
});
