// Builds the documentation site into site/dist: the pages of docs/ and their neighbours, and the API reference. `--dev`
// serves it instead. Its playground runs on the built package.
import './build.mjs';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { BASE, pages } from '../site/navigation.mjs';

const root = join(import.meta.dirname, '..');
const PAGES = join(root, 'site/pages');
const paths = pages();

/** Where a link of a file leads on the site. What is no page is copied, as a text. */
function resolve(file, link) {
  const [path, anchor] = link.split('#');
  if (!path || /^[a-z]+:/.test(path)) return link;
  const target = posix.normalize(posix.join(dirname(file), path));
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (paths.has(target)) return `/${paths.get(target)}${hash}`;
  if (target.startsWith('docs/images/')) return `/images/${posix.basename(target)}`;
  const source = join(root, target);
  if (!existsSync(source)) throw new Error(`${file} links to ${link}, which is not there`);
  // A folder has no text.
  if (statSync(source).isDirectory()) return undefined;
  const copy = `source/${target}.txt`;
  mkdirSync(join(PAGES, 'public', dirname(copy)), { recursive: true });
  cpSync(source, join(PAGES, 'public', copy));
  // VitePress adds the base to links between pages only.
  return BASE + copy;
}

/** A file of Markdown as a page of the site: its links lead there. */
function toPage(file) {
  // Text that looks like a link in code isn't one.
  const code = [];
  const keep = text => `\u0000${code.push(text) - 1}\u0001`;
  const toLink = (all, image, words, link) => {
    const target = resolve(file, link);
    if (target === undefined) return words;
    return `${image}[${words}](${target})${target.startsWith(`${BASE}source/`) ? '{target="_self"}' : ''}`;
  };
  return readFileSync(join(root, file), 'utf8')
    .replace(/^```[^]*?^```$|`[^`\n]+`/gm, keep)
    .replace(/(!?)\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)/g, toLink)
    .replace(/\u0000(\d+)\u0001/g, (_, index) => code[index]);
}

/** Runs a program. A warning fails the build. */
function build(command, ...args) {
  const { status, output } = start(command, args, { encoding: 'utf8' });
  const said = output.join('');
  process.stdout.write(said);
  const warnings = said.split('\n').filter(line => /\bwarn(ing)?\b|\(!\)/i.test(line));
  if (status === 0 && warnings.length === 0) return;
  for (const warning of warnings) console.error(`Expected no warning, but got: ${warning}`);
  process.exit(status || 1);
}

const start = (command, args, options) =>
  spawnSync(process.execPath, [join(root, 'node_modules', command), ...args], { cwd: root, ...options });

rmSync(PAGES, { recursive: true, force: true });
mkdirSync(PAGES, { recursive: true });
cpSync(join(root, 'docs/images'), join(PAGES, 'images'), { recursive: true });
for (const [file, page] of paths) {
  if (!/(^|docs\/)README\.md$/.test(file)) writeFileSync(join(PAGES, page), toPage(file));
}
build('typedoc/bin/typedoc', '--options', 'site/typedoc.json');

if (process.argv.includes('--dev')) start('vitepress/bin/vitepress.js', ['dev', 'site'], { stdio: 'inherit' });
else build('vitepress/bin/vitepress.js', 'build', 'site');
