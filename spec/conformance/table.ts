import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Result } from './run-behaviours.js';

const DOCUMENT = join(import.meta.dirname, '../../docs/engines.md');
const MARKS = ['<!-- engines -->', '<!-- /engines -->'] as const;

/** The columns of a table, with the text of each cell. */
export type Columns = ReadonlyMap<string, readonly string[]>;

/** Returns the columns of the table in `docs/engines.md`, by title. */
export async function documentedColumns(): Promise<Columns> {
  const document = await readFile(DOCUMENT, 'utf8');
  const table = document.slice(document.indexOf(MARKS[0]), document.indexOf(MARKS[1]));
  const [titles = [], , ...rows] = table
    .split('\n')
    .filter(line => line.startsWith('|'))
    .map(line =>
      line
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim()),
    );
  return new Map(titles.map((title, index) => [title, rows.map(row => row[index] ?? '')]));
}

/** Returns an engine's column of the table: for each behaviour `yes`, or what prevents it. */
export const columnOf = (results: readonly Result[]): string[] =>
  results.map(({ outcome, probe = '' }) =>
    outcome === 'skipped' ? `[${probe}](#${probe})` : outcome === 'passed' ? 'yes' : 'fails',
  );

/** Returns the columns before those of the engines. */
export const namesOf = (results: readonly Result[]): Columns =>
  new Map([
    ['', results.map(({ topic }, index) => (topic === results[index - 1]?.topic ? '' : topic))],
    ['behaviour', results.map(({ name }) => name)],
  ]);

/** Writes the columns into `docs/engines.md`. */
export async function writeColumns(columns: Columns): Promise<void> {
  const document = await readFile(DOCUMENT, 'utf8');
  const [[, first] = []] = [...columns].slice(1);
  const rows = (first ?? []).map((_, index) => [...columns.values()].map(cells => cells[index] ?? ''));
  const lines = [[...columns.keys()], Array<string>(columns.size).fill('---'), ...rows].map(
    cells => `| ${cells.join(' | ')} |`,
  );
  const [before = '', rest = ''] = document.split(MARKS[0]);
  const [, after = ''] = rest.split(MARKS[1]);
  const text = [before, MARKS[0], '\n\n', lines.join('\n'), '\n\n', MARKS[1], after].join('');
  await writeFile(DOCUMENT, await format(text, { parser: 'markdown', printWidth: 120 }));
}
