import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/**
 * An application with the package as one gets it: packed, and unpacked into `node_modules`. It is within the `node_modules` of the
 * repository, so that rxjs is found there.
 *
 * @param {string} name
 * @param {object} manifest what its package.json says
 * @returns {Promise<string>} its folder
 */
export async function applicationWithPackage(name, manifest = {}) {
  const application = join(root, 'node_modules/.cache', name);
  const installed = join(application, 'node_modules/rx-sse');
  await rm(application, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  await run('npm', ['pack', '--pack-destination', installed], { cwd: root });
  await run('sh', ['-c', 'tar -xzf *.tgz --strip-components=1'], { cwd: installed });
  // A package of its own: within that of the repository, `rx-sse` would be the repository and not what was packed.
  await writeFile(join(application, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  return application;
}
