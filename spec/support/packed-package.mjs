import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/**
 * Creates an application with the package as users get it: packed, and unpacked into `node_modules`. It is inside the
 * repository's `node_modules`, so that it finds rxjs.
 *
 * @param {string} name
 * @param {object} manifest the content of its package.json
 * @returns {Promise<string>} its folder
 */
export async function applicationWithPackage(name, manifest = {}) {
  const application = join(root, 'node_modules/.cache', name);
  const installed = join(application, 'node_modules/rx-sse');
  await rm(application, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  await run('npm', ['pack', '--pack-destination', installed], { cwd: root });
  await run('sh', ['-c', 'tar -xzf *.tgz --strip-components=1'], { cwd: installed });
  // It must be a package of its own. In the repository's package, `rx-sse` would be the repository and not the tarball.
  await writeFile(join(application, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  return application;
}
