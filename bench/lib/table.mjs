/**
 * @typedef {{ name: string, floor: string, value: number, met: boolean, gross?: boolean }} Goal
 * @typedef {{ title: string, note?: string, columns: string[], rows: (string | number)[][], goals?: Goal[], headline?: boolean }} Table
 *   A `headline` is for the documentation, too.
 */

/** A figure with three digits that say something. @param {string | number} value */
export function figure(value) {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en').replaceAll(',', ' ')
    : String(Number(value.toPrecision(3)));
}

/** A table of Markdown, which is one for a terminal, too. @param {string[]} columns @param {(string | number)[][]} rows */
export function markdown(columns, rows) {
  const lines = [columns, ...rows.map(row => row.map(figure))];
  const widths = columns.map((_, i) => Math.max(3, ...lines.map(line => (line[i] ?? '').length)));
  const numeric = columns.map((_, i) => i > 0 && rows.every(row => typeof row[i] === 'number'));
  const write = cells =>
    `| ${widths.map((width, i) => (numeric[i] ? (cells[i] ?? '').padStart(width) : (cells[i] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (numeric[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [write(lines[0]), rule, ...lines.slice(1).map(write)].join('\n');
}

/** A table with its title and its goals. @param {Table} table @param {number} level Of its heading. */
export function section({ title, note, columns, rows, goals = [] }, level = 2) {
  const parts = [`${'#'.repeat(level)} ${title}`];
  if (note) parts.push(note);
  parts.push(markdown(columns, rows));
  if (goals.length > 0) {
    const lines = goals.map(({ name, floor, value, met }) => [name, floor, value, met ? 'met' : '**not met**']);
    parts.push(markdown(['goal', 'floor', 'measured', ''], lines));
  }
  return parts.join('\n\n');
}
