import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packedLinks } from '../support/packed-links.js';

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

it('the links of all packed pages lead to files in the tarball', () => {
  // The build output contains no pages, so it can be missing.
  const output = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { encoding: 'utf8' });
  const [{ files } = { files: [] }] = JSON.parse(output) as Packed[];
  const pages = packedLinks(files.map(({ path }) => path));
  expect(Object.keys(pages)).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/README.md']));
  expect(Object.entries(pages).filter(([, links]) => links.length > 0)).toEqual([]);
});

it('finds links to files outside of the tarball, in any syntax', () => {
  const folder = mkdtempSync(join(tmpdir(), 'links-'));
  const page = join(folder, 'page.md');
  const other = join(folder, 'other.md');
  writeFileSync(
    page,
    `[a](other.md#part) [b](lost.md) ![c](<lost.svg>) [d](https://example.org) [e](#here) <img src="lost.png">
[f]: lost-too.md

\`\`\`ts
const [g] = [h](code.md);
\`\`\`
`,
  );
  writeFileSync(other, '');
  try {
    expect(packedLinks([page, other])).toEqual({
      [page]: ['lost.md', 'lost.svg', 'lost-too.md', 'lost.png'],
      [other]: [],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
