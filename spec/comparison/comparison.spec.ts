import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENTS } from './clients.js';

type Column = Record<string, string>;

const NAMES = Object.keys(CLIENTS);
const PAGE = new URL('../../docs/comparison.md', import.meta.url);
const TABLE = /^\|[^]*\|$/m;

/** Each client is measured in a process of its own: some put a page there, and some end it. */
async function measure(name: string): Promise<Column> {
  const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, name], {
    timeout: 55_000,
  });
  return JSON.parse(stdout) as Column;
}

/** The name and, of the others, the version that is installed. */
function title(name: string): string {
  if (name === 'rx-sse') return name;
  const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return `${name} ${(JSON.parse(manifest) as { version: string }).version}`;
}

/** In the form that Prettier gives a table. */
function render(columns: Column[]): string {
  const behaviours = Object.keys(columns[0] ?? {});
  const rows = [
    ['', ...NAMES.map(title)],
    ...behaviours.map(behaviour => [behaviour, ...columns.map(column => column[behaviour] ?? '')]),
  ];
  const widths = ['', ...NAMES].map((_, index) => Math.max(...rows.map(row => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [head, widths.map(width => '-'.repeat(width)), ...body].map(line).join('\n');
}

/** The columns of the page's table, by their heads. */
function readPage(): Map<string, Column> {
  const [table = ''] = TABLE.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const rows = table.split('\n').map(row =>
    row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
  const [[, ...heads] = [], , ...body] = rows;
  return new Map(
    heads.map((head, index) => [
      head,
      Object.fromEntries(body.map(([behaviour = '', ...cells]) => [behaviour, cells[index] ?? ''])),
    ]),
  );
}

describe('docs/comparison.md', () => {
  const measured = new Map<string, Column>();

  beforeAll(async () => {
    const columns = await Promise.all(NAMES.map(measure));
    NAMES.forEach((name, index) => measured.set(name, columns[index] ?? {}));
    if (process.env['UPDATE']) {
      writeFileSync(
        PAGE,
        readFileSync(PAGE, 'utf8').replace(TABLE, () => render(columns)),
      );
    }
  }, 60_000);

  it('compares these clients, in these versions', () => {
    expect([...readPage().keys()]).toEqual(NAMES.map(title));
  });

  it.each(NAMES)('says of %s what was measured', name => {
    expect(readPage().get(title(name))).toEqual(measured.get(name));
  });
});
