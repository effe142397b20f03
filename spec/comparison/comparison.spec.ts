import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENTS } from './clients.js';
import { type Column, MeasuredTable } from './measured-table.js';

const NAMES = Object.keys(CLIENTS);
const TABLE = new MeasuredTable(new URL('../../docs/comparison.md', import.meta.url));

/** Measures a client in a separate process, because some clients create a page there, and some end the process. */
async function measure(name: string): Promise<Column> {
  const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, name], {
    timeout: 55_000,
  });
  return JSON.parse(stdout) as Column;
}

/** Returns the name and, except for rx-sse, the installed version. */
function title(name: string): string {
  if (name === 'rx-sse') return name;
  const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}

describe('docs/comparison.md', () => {
  const measured = new Map<string, Column>();

  beforeAll(async () => {
    const columns = await Promise.all(NAMES.map(measure));
    NAMES.forEach((name, index) => measured.set(name, columns[index] ?? {}));
    if (process.env['UPDATE']) TABLE.write(new Map(NAMES.map((name, index) => [title(name), columns[index] ?? {}])));
  }, 60_000);

  it('compares these clients, in these versions', () => {
    expect([...TABLE.read().keys()]).toEqual(NAMES.map(title));
  });

  it.each(NAMES)('shows the measured results of %s', name => {
    expect(TABLE.read().get(title(name))).toEqual(measured.get(name));
  });
});
