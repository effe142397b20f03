import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles the page and returns its folder. `rx-sse` is the built package, as in other applications. */
export function buildPage(): string {
  const outdir = join(import.meta.dirname, 'dist');
  buildSync({
    entryPoints: ['app.ts', 'index.html', 'style.css', 'icon.svg'].map(name => join(import.meta.dirname, 'page', name)),
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    loader: { '.html': 'copy', '.svg': 'copy' },
    tsconfigRaw: {},
  });
  return outdir;
}
