import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compileExamples } from './support/compile-examples.js';
import { APPLICATION, examplesOf } from './support/examples-of.js';

const PAGES = ['.', 'docs', 'examples/chat'].flatMap(folder =>
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
