import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

describe('the pitfalls in docs/comparison.md', () => {
  /** The files with a test that has the tag of a pitfall, by the number of the pitfall. */
  const tagged = new Map<string, Set<string>>();
  for (const path of readdirSync(new URL('.', import.meta.url), { recursive: true }) as string[]) {
    if (!path.endsWith('.ts') || path.includes('node_modules')) continue;
    for (const [, numbers = ''] of read(`spec/${path}`).matchAll(/\[pitfalls? ([\d, ]+)\]/g)) {
      for (const number of numbers.split(', ')) {
        const files = tagged.get(number) ?? new Set();
        tagged.set(number, files.add(path.replace(/(\.spec)?\.ts$/, '')));
      }
    }
  }
  const rows = [...read('docs/comparison.md').matchAll(/^\| (\d+) +\|.*\| (.+?) +\|$/gm)].map(
    ([, number = '', specs = '']) => [number, [...specs.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)] as const,
  );

  it('include every pitfall that a test is tagged with', () => {
    expect(rows.map(([number]) => number)).toEqual([...tagged.keys()].sort((a, b) => Number(a) - Number(b)));
  });

  it.each(rows)('name the specs that have a test of pitfall %s', (number, specs) => {
    expect(specs).toEqual([...(tagged.get(number) ?? [])].sort());
  });
});
