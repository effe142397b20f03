// Draws the pictures of the docs: docs/images/<name>.svg, light and dark, from the short descriptions of `pictures/`. `--check` writes
// nothing and fails if a picture is not what its description gives.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { draw } from './pictures/draw.mjs';

const SOURCES = join(import.meta.dirname, 'pictures');
const IMAGES = join(import.meta.dirname, '../docs/images');

/** The pictures by the paths that they belong to. */
export function pictures() {
  const names = readdirSync(SOURCES).filter(name => name.endsWith('.txt'));
  return new Map(
    names.map(name => [join(IMAGES, `${basename(name, '.txt')}.svg`), draw(readFileSync(join(SOURCES, name), 'utf8'))]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, svg] of pictures()) {
    if (!process.argv.includes('--check')) writeFileSync(path, svg);
    else if (readFileSync(path, 'utf8') !== svg) {
      console.error(`${path} is not what its description gives: node scripts/pictures.mjs`);
      process.exitCode = 1;
    }
  }
}
