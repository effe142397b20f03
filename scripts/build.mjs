// Builds the package into dist/: ES modules and CommonJS, each with matching types. Shortens the names of private
// members. If nothing has changed since the last build, it does nothing, so commands that start with a build can run at
// the same time.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { shortNames } from './short-names.mjs';

const root = join(import.meta.dirname, '..');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const dist = join(root, 'dist');

/** The inputs of a build. Their hash is kept next to the output. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.cli.json',
  'tsconfig.cjs.json',
];
const cache = join(root, 'node_modules/.cache/rx-sse-build');
const built = join(cache, 'hash');

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

const filesIn = folder =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .sort();

function build(hash) {
  rmSync(built, { force: true });
  rmSync(dist, { recursive: true, force: true });
  for (const project of ['tsconfig.build.json', 'tsconfig.cli.json', 'tsconfig.cjs.json']) {
    execFileSync(process.execPath, [tsc, '-p', join(root, project)], { stdio: 'inherit' });
  }

  const names = shortNames(root);
  const mangleProps = new RegExp(`^(?:${Object.keys(names).join('|')})$`);
  for (const path of readdirSync(dist, { recursive: true })) {
    // The command only uses the public exports, and names of Node.
    if (!path.endsWith('.js') || path.startsWith(join('esm', 'cli'))) continue;
    const file = join(dist, path);
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      mangleProps,
      mangleCache: { ...names },
      target: 'es2022',
      charset: 'utf8',
    });
    writeFileSync(file, code);
  }

  // In a package of ES modules, CommonJS files need their own extension. TypeScript has no option for this. A second
  // package.json in dist/cjs would hide `#fetch` from the files there.
  const cjs = join(dist, 'cjs');
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

  mkdirSync(cache, { recursive: true });
  writeFileSync(built, hash);
}

// An importer of this script continues when the build is done, or if nothing has changed.
const hash = hashOf([...SOURCES, ...filesIn('src'), ...filesIn('scripts')]);
if (!existsSync(dist) || !existsSync(built) || readFileSync(built, 'utf8') !== hash) build(hash);
