import { join } from 'node:path';
import { buildSync } from 'esbuild';

/**
 * Bundles a page into the folder `dist` of an example, and returns that folder. `rx-sse` is the built package, as in
 * other applications.
 *
 * @param names the names in `dist`, without extensions, by the files
 */
export function bundlePage(folder: string, names: Readonly<Record<string, string>>): string {
  const outdir = join(folder, 'dist');
  buildSync({
    entryPoints: Object.entries(names).map(([file, name]) => ({ in: join(folder, file), out: name })),
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
