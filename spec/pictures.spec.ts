import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const drawn = readdirSync('scripts/pictures')
  .filter(name => name.endsWith('.txt'))
  .map(name => name.replace('.txt', '.svg'));
const pages = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)].filter(name => name.endsWith('.md'));

describe('the pictures of the docs', () => {
  it('match their descriptions', () => {
    expect(() => execFileSync(process.execPath, ['scripts/pictures.mjs', '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  it('are all shown, each with a text for people who cannot see it', () => {
    const shown = pages.flatMap(page => [...readFileSync(page, 'utf8').matchAll(/!\[([^\]]*)\]\(.*?([\w-]+\.svg)\)/g)]);
    expect([...new Set(shown.map(([, , file]) => file))]).toEqual(expect.arrayContaining(drawn));
    expect(shown.filter(([, words = '']) => words.length < 20)).toEqual([]);
  });
});
