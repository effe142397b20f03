// Builds the package into dist/: ES modules and CommonJS, each with the types that fit it. Names of members that nobody else sees are shortened.
// If nothing has changed since the last build, it does nothing: so commands that each begin with a build can run at the same time.
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

/** What a build is made of: its hash is kept beside what was built. */
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
    // The command uses the public face alone, and names of Node.
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

  // In a package of ES modules CommonJS goes by its extension. TypeScript has no option for that; and a second package.json, in
  // dist/cjs, would hide from the files there what `#fetch` is.
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

// Whoever imports this goes on when it is built, also if it was before.
const hash = hashOf([...SOURCES, ...filesIn('src'), ...filesIn('scripts')]);
if (!existsSync(dist) || !existsSync(built) || readFileSync(built, 'utf8') !== hash) build(hash);
