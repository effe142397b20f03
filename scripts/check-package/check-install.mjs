import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from '../check.mjs';
import { createProject } from './create-project.mjs';

/** Projects without Angular don't get Angular, although the package has an entry point for it. */
export async function checkInstall(folder, tarball) {
  await check('npm install rx-sse in an empty project: no warning, no Angular', async () => {
    assert.deepEqual(await createProject(folder, tarball), []);
    const installed = await readdir(join(folder, 'node_modules'));
    assert.ok(installed.includes('rxjs'));
    assert.ok(!installed.includes('@angular'));
    return installed.filter(name => !name.startsWith('.')).join(', ');
  });
}
