// Builds the package into dist/: ES modules and CommonJS, each with the types that fit it. Names of members that nobody else sees are shortened.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { shortNames } from './short-names.mjs';

const root = join(import.meta.dirname, '..');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', join(root, project)], { stdio: 'inherit' });
}

const names = shortNames(root);
const mangleProps = new RegExp(`^(?:${Object.keys(names).join('|')})$`);
for (const path of readdirSync(join(root, 'dist'), { recursive: true })) {
  if (!path.endsWith('.js')) continue;
  const file = join(root, 'dist', path);
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    mangleProps,
    mangleCache: { ...names },
    target: 'es2022',
    charset: 'utf8',
  });
  writeFileSync(file, code);
}

// In a package of ES modules CommonJS goes by its extension. TypeScript has no option for that; and a second package.json, in
// dist/cjs, would hide from the files there what `#fetch` is.
const cjs = join(root, 'dist/cjs');
for (const path of readdirSync(cjs, { recursive: true })) {
  const [, name, extension] = /^(.*\.)(js|d\.ts)$/.exec(path) ?? [];
  if (!extension) continue;
  const file = join(cjs, path);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/((?:from |require\(|import\()(["'])\.{1,2}\/[^"']*)\.js\2/g, '$1.cjs$2'),
  );
  renameSync(file, join(cjs, name + { js: 'cjs', 'd.ts': 'd.cts' }[extension]));
}
