import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const FOLDER = 'examples/testing';
const page = readFileSync('docs/testing.md', 'utf8');
const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);

it.each(readdirSync(FOLDER))('docs/testing.md shows %s as it is executed', name => {
  expect(blocks).toContain(readFileSync(`${FOLDER}/${name}`, 'utf8'));
});
