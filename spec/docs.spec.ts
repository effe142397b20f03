import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compileExamples } from './support/compile-examples.js';
import { APPLICATION, examplesOf } from './support/examples-of.js';
import { longLinesOf } from './support/long-lines.js';

const PAGES = ['.', 'docs', 'bench', 'examples/chat', 'examples/angular-chat', 'examples/playground'].flatMap(folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name)),
);
const text = new Map(PAGES.map(page => [page, readFileSync(page, 'utf8')]));

/** Returns the anchors of a page's headings, as GitHub generates them. */
const anchors = (page: string) =>
  [...(text.get(page) ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(PAGES)('%s', page => {
  it('has no broken links', () => {
    const links = [...(text.get(page) ?? '').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path ? normalize(join(dirname(page), path)) : page;
      return !existsSync(target) || (anchor !== undefined && !anchors(target).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('a line of more than 120 characters', () => {
  const LONG =
    'Each reconnect sends the position, which is the id of the last event that the stream has received so far,';

  it.each(PAGES.filter(page => !page.endsWith('RESULTS.md')))('is one sentence in %s', page => {
    expect(longLinesOf(text.get(page) ?? '')).toEqual([]);
  });

  it.each([
    ['two sentences', `${LONG} in a header. The server resumes.`],
    ['a bold sentence and another one', `- **It resumes.** ${LONG} and in a header`],
    ['a sentence in parentheses and another one', `${LONG} in a header (as a text.) The rest`],
    ['a sentence that ends with a URL', `${LONG} see https://example.org/a.b. rx-sse goes on`],
    ['a sentence after code', `1. ${LONG} in \`headers\`. \`resume\` is another way`],
  ])('is reported for %s', (_, line) => {
    expect(longLinesOf(`# Title\n\n${line}\n`)).toEqual([line]);
  });

  it.each([
    ['one sentence', `${LONG} in a header of the request.`],
    ['an item of a numbered list', `12. ${LONG} in a header.`],
    ['an abbreviation', `${LONG} in a header, e.g. Last-Event-ID, or in a query`],
    ['an ellipsis', `${LONG} in a header, in a query … or anywhere else`],
    ['full stops in code, a link and a comment', `${LONG} \`a. B\` [c](d.md) <!-- E. F -->, 1.5 times or more`],
    ['sentences in parentheses', `${LONG} in a header (in pages. In Node.), or in a query`],
    ['a row of a table', `| ${LONG} in a header. The server resumes. |`],
    ['code', `\`\`\`sh\n# ${LONG} in a header. The server resumes.\n\`\`\``],
    ['a generated section', `<!-- figures: a -->\n\n${LONG} Yes. No.\n\n<!-- end of the figures -->`],
  ])('isn’t reported for %s', (_, line) => {
    expect(longLinesOf(`# Title\n\n${line}\n`)).toEqual([]);
  });
});

it('the examples of docs/ compile', () => {
  const examples = PAGES.filter(page => page.startsWith('docs/')).flatMap(page => [...examplesOf(page).values()]);
  expect(examples).not.toEqual([]);
  expect(compileExamples(examples, APPLICATION)).toEqual([]);
});

it('each page of docs/ that has examples has a spec that runs them', () => {
  const specs = readdirSync('spec', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.spec.ts') && !name.includes('node_modules'))
    .map(name => readFileSync(join('spec', name), 'utf8'));
  const run = new Set(
    specs.flatMap(spec => [...spec.matchAll(/^describeExamples\(\s*'([^']+)'/gm)].map(([, page]) => page)),
  );
  const pages = PAGES.filter(page => examplesOf(page).size > 0);
  expect(pages).not.toEqual([]);
  expect(pages.filter(page => !run.has(page))).toEqual([]);
});

it('docs/README.md, the source of the site’s navigation, lists each page once', () => {
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
