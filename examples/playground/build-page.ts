import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles the page, and answers with the folder that it is in. `playground.js` and `playground.css` are for other pages: it exports
 * `mountPlayground`. `rx-sse` is the built package, as it is for everyone.
 */
export async function buildPage(): Promise<string> {
  const outdir = join(import.meta.dirname, 'dist');
  const at = (name: string) => join(import.meta.dirname, name);
  await build({
    entryPoints: [
      { in: at('mount-playground.ts'), out: 'playground' },
      { in: at('playground.css'), out: 'playground' },
      ...['main.ts', 'index.html', 'page.css', 'icon.svg'].map(name => ({
        in: at(name),
        out: name.replace(/\..*/, ''),
      })),
    ],
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
