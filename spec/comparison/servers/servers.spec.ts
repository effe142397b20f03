import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Column, MeasuredTable } from '../measured-table.js';
import { type Contender, CONTENDERS } from './contenders.js';
import { SITUATIONS } from './situations.js';

const CONTENDER_LIST = Object.entries(CONTENDERS);
const TABLE = new MeasuredTable(new URL('../../../docs/servers.md', import.meta.url), '## What servers lose');

/** Measures one situation after the other. Each has its own servers and its own Redis. */
async function measure(name: string): Promise<Column> {
  const column: Column = {};
  for (const [question, answer] of Object.entries(SITUATIONS)) column[question] = await answer(name);
  return column;
}

/** Returns the name of a contender, with the installed version if it is a package. */
function title({ package: path, keepsIn }: Contender): string {
  if (path === undefined) return `the chat, on ${keepsIn === 'redis' ? 'Redis' : 'a file'}`;
  const manifest = readFileSync(new URL(`../../../node_modules/${path}/package.json`, import.meta.url), 'utf8');
  return `${path} ${(JSON.parse(manifest) as { version: string }).version}`;
}

describe('docs/servers.md', () => {
  const columns = new Map<string, Promise<Column>>();

  beforeAll(async () => {
    for (const [name, contender] of CONTENDER_LIST) columns.set(title(contender), measure(name));
    // If one fails, the others must still finish.
    await Promise.allSettled(columns.values());
    if (process.env['UPDATE']) {
      TABLE.write(
        new Map(await Promise.all([...columns].map(async ([head, column]) => [head, await column] as const))),
      );
    }
  }, 240_000);

  it('compares these servers, in these versions', () => {
    expect([...TABLE.read().keys()]).toEqual([...columns.keys()]);
  });

  it.each(CONTENDER_LIST)('reports the measured results of %s', async (_, contender) => {
    expect(TABLE.read().get(title(contender))).toEqual(await columns.get(title(contender)));
  });
});
