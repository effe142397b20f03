// Builds the package into dist/: ES modules and CommonJS, each with the types that fit it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', join(root, project)], { stdio: 'inherit' });
}

// The nearest package.json rules: without one of its own, Node would take dist/cjs for ES modules. Having one, it must also say
// what `#fetch` is, and that nothing here has side effects.
const inCjs = JSON.parse(JSON.stringify(imports).replaceAll('./dist/esm/', './'));
mkdirSync(join(root, 'dist/cjs'), { recursive: true });
writeFileSync(
  join(root, 'dist/cjs/package.json'),
  JSON.stringify({ type: 'commonjs', sideEffects: false, imports: inCjs }, null, 2) + '\n',
);
