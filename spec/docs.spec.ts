import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compileExamples } from './support/compile-examples.js';
import { APPLICATION, examplesOf } from './support/examples-of.js';

const PAGES = ['.', 'docs', 'examples/chat', 'examples/playground'].flatMap(folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name)),
);
const text = new Map(PAGES.map(page => [page, readFileSync(page, 'utf8')]));

/** What the headings of a page are linked to by, as GitHub makes it. */
const anchors = (page: string) =>
  [...(text.get(page) ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(PAGES)('%s', page => {
  it('links to what there is', () => {
    const links = [...(text.get(page) ?? '').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path ? normalize(join(dirname(page), path)) : page;
      return !existsSync(target) || (anchor !== undefined && !anchors(target).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

it('the examples of docs/ compile', () => {
  const examples = PAGES.filter(page => page.startsWith('docs/')).flatMap(page => [...examplesOf(page).values()]);
  expect(examples).not.toEqual([]);
  expect(compileExamples(examples, APPLICATION)).toEqual([]);
});

it('docs/README.md, which the navigation of the site is made of, lists each page once', () => {
  const listed = [...(text.get('docs/README.md') ?? '').matchAll(/^\| \[[^\]]+\]\(([\w.-]+\.md)\)/gm)].map(
    ([, page]) => page,
  );
  const pages = PAGES.filter(page => page.startsWith('docs/') && !/README|index/.test(page)).map(page => page.slice(5));
  expect(listed.sort()).toEqual(pages.sort());
});

describe('the words of the docs', () => {
  const prose = (page: string) =>
    (text.get(page) ?? '').replace(/^```[^]*?^```$|`[^`]+`|\]\([^)]*\)/gm, '').replace(/^.*<!--.*-->.*$/gm, '');

  it.each(PAGES.filter(page => page.startsWith('docs/') || page === 'README.md'))(
    '%s is in plain, modern English',
    page => {
      const old = /\b(shall|anew|lest|upon|thereby|whosoever|(is|are|isn[’']t) told)\b/gi;
      expect(prose(page).match(old) ?? []).toEqual([]);
    },
  );
});
