// The pages of the site: the guides that docs/README.md lists, and the API reference that TypeDoc writes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');
const API = join(import.meta.dirname, 'pages/api');

const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The folder of an older version on the site, such as `v0.1/`. Empty for the newest. scripts/add-version.mjs sets it. */
export const FOLDER = process.env.SITE_FOLDER ?? '';

/** The path of the published site, such as `/rx-sse/` on GitHub Pages. */
export const BASE = new URL(homepage).pathname + FOLDER;

/** The address of the newest version, for an older one. */
export const NEWEST = FOLDER && homepage;

/** Links to the site’s other versions. They are built separately. */
export const otherVersions = () =>
  NEWEST
    ? [{ text: 'Newest version', link: NEWEST, target: '_self', noIcon: true }]
    : (process.env.SITE_VERSIONS ?? '')
        .split(' ')
        .filter(Boolean)
        .map(folder => ({
          text: `Version ${folder.slice(1)}`,
          link: `${homepage}${folder}/`,
          target: '_self',
          noIcon: true,
        }));

/** Pages of the site from outside of docs/, by their paths in the repository. */
const OTHERS = {
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'CHANGELOG.md': 'changelog.md',
  'bench/README.md': 'bench.md',
  'bench/RESULTS.md': 'bench-results.md',
  'examples/chat/README.md': 'chat.md',
  'examples/angular-chat/README.md': 'angular-chat.md',
};

/** All Markdown files that become pages: their paths in the repository, and on the site. docs/README.md is the navigation. */
export function pages() {
  const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md') && name !== 'README.md');
  return new Map([
    ...docs.map(name => [`docs/${name}`, name]),
    ...Object.entries(OTHERS),
    ['README.md', 'index.md'],
    ['docs/README.md', 'index.md'],
  ]);
}

/** Returns the groups of docs/README.md, each with its pages. */
export function sections() {
  const text = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const paths = pages();
  return text
    .split(/^## /m)
    .slice(1)
    .map(section => ({
      title: section.split('\n', 1)[0],
      pages: [...section.matchAll(/^\| \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, title, path]) => ({
        title,
        link: '/' + paths.get(posix.normalize(`docs/${path}`)).replace(/\.md$/, ''),
      })),
    }));
}

/** Returns the entry points of the API reference. */
export function apiEntries() {
  if (!existsSync(API)) return [];
  const text = readFileSync(join(API, 'index.md'), 'utf8');
  return [...text.matchAll(/^- \[([^\]]+)\]\((.+)\.md\)/gm)].map(([, title, path]) => ({
    title,
    link: `/api/${path}`,
  }));
}
