import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

export const example = join(import.meta.dirname, '..');
const repository = join(example, '../..');

/** Installs the packages of the example, and the packed `rx-sse`, as other applications do. */
export async function install() {
  if (!existsSync(join(repository, 'node_modules'))) await run(repository, 'npm', 'ci');
  if (isStale()) await run(example, 'npm', 'ci', '--no-audit', '--no-fund');
  const folder = await mkdtemp(join(tmpdir(), 'angular-chat-'));
  try {
    await run(repository, 'npm', 'pack', '--pack-destination', folder);
    const [tarball] = await readdir(folder);
    await run(example, 'npm', 'install', '--no-save', '--no-audit', '--no-fund', join(folder, tarball));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether the lockfile is newer than the last `npm ci`. */
function isStale() {
  const installed = join(example, 'node_modules/.package-lock.json');
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(join(example, 'package-lock.json')).mtimeMs;
}
