import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * The paths that only a checkout of the repository has. npm and GitHub resolve links to them, because package.json
 * names the repository.
 */
const CHECKOUT = /^(spec|src|bench|examples|scripts|site|\.github)\/|^(ARCHITECTURE|CONTRIBUTING|CODE_OF_CONDUCT)\.md$/;

/**
 * Returns the Markdown pages among the `paths` of a tarball, each with its relative links that lead out of the tarball,
 * but not to the sources of the repository.
 */
export function packedLinks(paths: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const packed = new Set(paths);
  const broken = (page: string) =>
    linksOf(readFileSync(page, 'utf8')).filter(link => {
      const target = normalize(join(dirname(page), link));
      return !packed.has(target) && !CHECKOUT.test(target);
    });
  return Object.fromEntries(paths.filter(path => path.endsWith('.md')).map(page => [page, broken(page)]));
}

/** Returns the paths of relative links and images, in Markdown and in HTML, without fragments and queries. */
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
