import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Builds the site of a commit in a checkout of its own, and adds it to site/dist as the folder of an older version. */
export function addVersion(commit, folder) {
  const checkout = mkdtempSync(join(tmpdir(), 'rx-sse-site-'));
  const run = (cwd, ...command) =>
    execFileSync(command[0], command.slice(1), {
      cwd,
      env: { ...process.env, SITE_FOLDER: `${folder}/`, SITE_VERSIONS: '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  try {
    run(root, 'git', 'worktree', 'add', '--detach', checkout, commit);
    run(checkout, 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
    run(checkout, process.execPath, 'scripts/site.mjs');
    cpSync(join(checkout, 'site/dist', folder), join(root, 'site/dist', folder), { recursive: true });
  } finally {
    rmSync(checkout, { recursive: true, force: true });
    run(root, 'git', 'worktree', 'prune');
  }
}
