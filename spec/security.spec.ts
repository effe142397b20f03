import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('SECURITY.md', () => {
  const text = read('SECURITY.md');
  /** The tests that it names, as `file › part of the test's name`. */
  const named = [...text.matchAll(/`(spec\/[^` ]+\.spec\.ts) › ([^`]+)`/g)].map(
    ([, path = '', words = '']) => [path, words] as const,
  );

  it.each(named)('names a test that exists: %s › %s', (path, words) => {
    const titles = [...read(path).matchAll(/\(\s*(['"`])(.+?)\1,/g)].map(([, , title = '']) => title);
    expect(titles.filter(title => title.includes(words))).not.toEqual([]);
  });

  it('names a test for each claim', () => {
    const [, claims = ''] = /^## What a server cannot do$([^]*?)^## Memory$/m.exec(text) ?? [];
    const items = claims.split(/^- /m).slice(1);
    expect(items.length).toBeGreaterThan(20);
    // Two items are advice.
    expect(items.filter(item => !item.includes(' › ')).map(item => item.slice(0, 20))).toEqual([
      'Send any events, wit',
      'Make your applicatio',
    ]);
  });
});
