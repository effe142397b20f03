/**
 * @typedef {object} Goal
 * @property {string} of The measurement that it is about.
 * @property {string} name
 * @property {string} floor
 * @property {number} value
 * @property {boolean} met
 * @property {boolean} [isAim] It is aimed at, and no floor.
 * @property {number} [best] What CI compares, and the other two with it.
 * @property {string} [inCI]
 * @property {boolean} [gross]
 *
 * @typedef {object} Table
 * @property {string} title
 * @property {string} [note]
 * @property {string[]} columns
 * @property {(string | number)[][]} rows
 * @property {Goal[]} [goals]
 * @property {{ title: string, columns?: string[], rows: (string | number)[][] }[]} [profiles] Of what misses its goal.
 * @property {Record<string, any>} [figures] What the documentation draws and says of it, by its `kind`.
 */

/** A figure with three digits that say something. @param {string | number} value */
export function figure(value) {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** A table of Markdown, which is one for a terminal, too. @param {string[]} columns @param {(string | number)[][]} rows */
export function markdown(columns, rows) {
  const lines = [columns, ...rows.map(row => row.map(value => figure(value).replaceAll('|', '\\|')))];
  const widths = columns.map((_, i) => Math.max(3, ...lines.map(line => (line[i] ?? '').length)));
  const numeric = columns.map((_, i) => i > 0 && rows.every(row => typeof row[i] === 'number'));
  const write = cells =>
    `| ${widths.map((width, i) => (numeric[i] ? (cells[i] ?? '').padStart(width) : (cells[i] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (numeric[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [write(lines[0]), rule, ...lines.slice(1).map(write)].join('\n');
}

const PROFILE_COLUMNS = ['function', 'in', 'self time, %'];

/** A table with its title, its goals and what shows why they are missed. @param {Table} table @param {number} level Of its heading. */
export function section({ title, note, columns, rows, goals = [], profiles = [] }, level = 2) {
  const parts = [`${'#'.repeat(level)} ${title}`];
  if (note) parts.push(note);
  parts.push(markdown(columns, rows));
  if (goals.length > 0) {
    const lines = goals.map(({ name, floor, value, met }) => [name, floor, value, met ? 'met' : '**not met**']);
    parts.push(markdown(['goal', 'floor or aim', 'measured', ''], lines));
  }
  for (const profile of profiles) {
    // A name between backquotes is not read as Markdown.
    const lines = profile.rows.map(([name, ...others]) => [`\`${name}\``, ...others]);
    parts.push(`${profile.title}:`, markdown(profile.columns ?? PROFILE_COLUMNS, lines));
  }
  return parts.join('\n\n');
}
