// Builds the site into site/dist, and with it the documentation of older versions, each from its tag: v0.1/, v0.2/, …
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addVersion } from './add-version.mjs';
import { olderVersions } from './older-versions.mjs';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const tags = execFileSync('git', ['tag', '--list', 'v*'], { cwd: root, encoding: 'utf8' }).split('\n');
const older = olderVersions(tags, version);

process.env.SITE_VERSIONS = older.map(({ folder }) => folder).join(' ');
await import('./site.mjs');
for (const { tag, folder } of older) {
  console.log(`${folder}: ${tag}`);
  addVersion(tag, folder);
}
