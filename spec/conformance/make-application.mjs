// Builds the application that the engines run: the behaviours and the packed package. Runs once, before the suite.
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { applicationWithPackage } from '../support/packed-package.mjs';

const here = import.meta.dirname;

export default async function makeApplication() {
  const folder = await applicationWithPackage('rx-sse-conformance', { type: 'module' });
  // Bun uses the nearest tsconfig, also for `node_modules`, and the one of the repository leads to the sources.
  await writeFile(join(folder, 'tsconfig.json'), '{}');
  const bundle = async options => {
    const { warnings } = await build({
      bundle: true,
      target: 'es2022',
      // The paths in the tsconfig of the repository lead to the sources.
      tsconfigRaw: {},
      // Resolves the package from the application, wherever it is imported.
      nodePaths: [join(folder, 'node_modules'), join(here, '../../node_modules')],
      ...options,
    });
    if (warnings.length > 0) throw new Error(`esbuild warns: ${JSON.stringify(warnings)}`);
  };
  // Engines with a command line resolve the package themselves, with their own conditions.
  await bundle({
    entryPoints: [join(here, 'run-behaviours.ts')],
    outfile: join(folder, 'run-behaviours.mjs'),
    format: 'esm',
    packages: 'external',
  });
  await copyFile(join(here, 'drivers/process.mjs'), join(folder, 'process.mjs'));
  // Metro, React Native's bundler, sets this condition, and no other one that the package has.
  await bundle({
    entryPoints: [join(here, 'run-behaviours.ts')],
    outfile: join(folder, 'react-native-behaviours.mjs'),
    format: 'esm',
    platform: 'neutral',
    mainFields: ['react-native', 'main'],
    conditions: ['react-native'],
  });
  await copyFile(join(here, 'drivers/react-native.mjs'), join(folder, 'react-native.mjs'));
  // workerd loads a bundle.
  await bundle({
    stdin: { contents: await readFile(join(here, 'drivers/worker.mjs'), 'utf8'), resolveDir: folder },
    outfile: join(folder, 'worker.mjs'),
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
  });
  await copyFile(join(here, 'drivers/workerd.capnp'), join(folder, 'workerd.capnp'));
  await bundle({
    entryPoints: [join(here, 'run-behaviours.ts')],
    outfile: join(folder, 'browser.js'),
    format: 'iife',
    globalName: 'conformance',
    platform: 'browser',
  });
  process.env.RX_SSE_CONFORMANCE = folder;
}
