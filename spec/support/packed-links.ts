import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What only a checkout of the repository has. Pages of npm and of GitHub resolve links to it, since package.json names the repository. */
const CHECKOUT = /^(spec|src|bench|examples|scripts|site|\.github)\/|^(ARCHITECTURE|CONTRIBUTING|CODE_OF_CONDUCT)\.md$/;

/** The pages of a tarball that hold `paths`, each with its relative links that lead out of it, and not into the sources of the repository. */
export function packedLinks(paths: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const packed = new Set(paths);
  const broken = (page: string) =>
    linksOf(readFileSync(page, 'utf8')).filter(link => {
      const target = normalize(join(dirname(page), link));
      return !packed.has(target) && !CHECKOUT.test(target);
    });
  return Object.fromEntries(paths.filter(path => path.endsWith('.md')).map(page => [page, broken(page)]));
}

/** The paths of relative links and images, in Markdown and in HTML; the part of a page that a link leads to is left out. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, '');
  const links = [
    ...prose.matchAll(/\]\(<?([^)\s>]+)/g),
    ...prose.matchAll(/^\[[^\]]+\]: (\S+)/gm),
    ...prose.matchAll(/\b(?:src|href|srcset)="([^"\s]+)/g),
  ];
  return links
    .map(([, link = '']) => link.replace(/[#?].*/, ''))
    .filter(link => link !== '' && !/^[a-z]+:|^\/\//i.test(link));
}
