// The package as an application gets it: packed, unpacked into node_modules, and bundled for the browser. Runs once, before the suite.
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
// Within the node_modules of the repository, so that rxjs is found there.
const application = join(root, 'node_modules/.cache/rx-sse-browser');

export default async function bundle() {
  // One that was made before, as of a source that is broken on purpose.
  if (process.env.RX_SSE_BUNDLE) return;
  const installed = join(application, 'node_modules/rx-sse');
  await rm(application, { recursive: true, force: true });
  await mkdir(installed, { recursive: true });
  await run('npm', ['pack', '--pack-destination', installed], { cwd: root });
  await run('sh', ['-c', 'tar -xzf *.tgz --strip-components=1'], { cwd: installed });

  // A package of its own: within that of the repository, `rx-sse` would be the repository and not what was packed.
  await writeFile(join(application, 'package.json'), '{ "private": true }');
  const entry = join(application, 'application.js');
  const outfile = join(application, 'rx-sse.js');
  await writeFile(
    entry,
    "export * from 'rx-sse'; export * as testing from 'rx-sse/testing'; export * as rxjs from 'rxjs';",
  );
  const { warnings } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'iife',
    globalName: 'rxSse',
    platform: 'browser',
    target: 'es2022',
    // With the messages that the specs expect.
    conditions: ['development', 'module'],
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${JSON.stringify(warnings)}`);
  process.env.RX_SSE_BUNDLE = outfile;
}
