import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rx-sse-words-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks a file with this text. Returns the exit code, and each hit as its line and its words. */
function check(name: string, ...lines: readonly string[]) {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  const { status, stdout } = spawnSync(process.execPath, ['scripts/check-words.mjs', path], { encoding: 'utf8' });
  const hits = [...stdout.matchAll(/^\S+:(\d+): “(.+)” → \S/gm)].map(
    ([, line = '', words = '']) => `${line}: ${words}`,
  );
  return { status, hits };
}

describe('check:words', () => {
  it('finds a planted hit in a document, and its line', () => {
    expect(check('a.md', '# Title', '', 'The client shall wait.')).toEqual({ status: 1, hits: ['3: shall'] });
  });

  it('passes a document in plain words', () => {
    expect(check('a.md', 'The client waits, if there is no event.')).toEqual({ status: 0, hits: [] });
  });

  it('reads comments, strings and templates of code, and nothing else', () => {
    const { hits } = check(
      'a.ts',
      '// It connects anew.',
      '/** A comment that is',
      ' * told over two lines. */',
      "export const text = 'in hand';",
      'export const shall = (anew: string) => `${anew} for ever ${anew}, in vain`;',
      '// What is left: `shall`.',
    );
    expect(hits).toEqual(['1: anew', '2: is told', '4: in hand', '5: for ever', '5: in vain', '6: What is left:']);
  });

  it('reads text and visible attributes of a page, and comments of styles', () => {
    const page = ['<p class="shall">It is lost, nor', '<b title="one who waits">anew</b>', '<!-- thereby -->'];
    expect(check('a.html', ...page).hits).toEqual(['1: nor', '2: one who', '2: anew', '3: thereby']);
    expect(check('a.css', '.anew { color: red } /* seldom */').hits).toEqual(['1: seldom']);
  });

  it('reads comments in the examples of a document, but not code or targets of links', () => {
    const text = [
      '`shall` [a](upon.md)',
      '```ts',
      'const anew = 1; // anew',
      '```',
      '```sh',
      'echo anew',
      '```',
      'lest',
    ];
    expect(check('a.md', ...text).hits).toEqual(['3: anew', '8: lest']);
  });

  it('reads comments and texts of a form, and no commands', () => {
    const text = [
      '# It starts anew.',
      'name: A form, nor more',
      'jobs:',
      '  - run: echo shall',
      '    label: |',
      '      Paste it, seldom',
      '      `shall`',
      '    render: upon',
    ];
    expect(check('a.yml', ...text).hits).toEqual(['1: anew', '2: nor', '6: seldom']);
  });

  it('ignores quotes of a standard, and lines with `words-ok`', () => {
    const lines = ['// [spec] "user agents shall wait"', '', '// A quote: shall. words-ok', '', '// shall'];
    expect(check('a.ts', ...lines).hits).toEqual(['5: shall']);
  });

  it('accepts "where" for a place, but not for a condition', () => {
    const { hits } = check(
      'a.md',
      'It says where it stands.',
      '',
      'Where a stream ends, it waits where there is nothing.',
    );
    expect(hits).toEqual(['3: Where a stream ends, it waits where there is nothing.', '3: where there is']);
  });
});
