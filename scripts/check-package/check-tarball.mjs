import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { check, run } from '../check.mjs';
import { missing, unexpected } from '../packed-files.mjs';
import { manifest, root } from './create-project.mjs';

/** Checks what is packed, and how tools for packages see it. */
export async function checkTarball(tarball, files) {
  const attw = (...options) =>
    run(
      root,
      'node_modules/.bin/attw',
      tarball,
      '--format',
      'ascii',
      '--no-emoji',
      '--no-definitely-typed',
      ...options,
    );
  await check('packed is what package.json names, docs, README, LICENSE, CHANGELOG and SECURITY, nothing else', () => {
    const paths = files.map(({ path }) => path);
    assert.deepEqual([missing(paths, manifest), unexpected(paths)], [[], []]);
    return `${paths.length} files`;
  });
  await check('publint, strict', async () => {
    const { buffer } = new Uint8Array(await readFile(tarball));
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    assert.deepEqual(
      messages.map(message => formatMessage(message, pkg, { color: false })),
      [],
    );
  });
  await check('are the types wrong: node10, node16 from CommonJS and ES modules, bundler', async () => {
    await attw('--exclude-entrypoints', './angular');
  });
  // Angular only has ES modules, so CommonJS can't use this entry point. Only this rule is ignored.
  await check('are the types wrong: rx-sse/angular, ES modules only', async () => {
    await attw('--entrypoints', './angular', '--ignore-rules', 'cjs-resolves-to-esm');
  });
}
