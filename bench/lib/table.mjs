/**
 * @typedef {object} Goal
 * @property {string} of The measurement.
 * @property {string} name
 * @property {string} floor
 * @property {number} value
 * @property {boolean} met
 * @property {boolean} [isAim] A target, not a floor.
 * @property {number} [best] The value that CI compares.
 * @property {string} [inCI]
 * @property {boolean} [gross]
 *
 * @typedef {object} Table
 * @property {string} title
 * @property {string} [note]
 * @property {string[]} columns
 * @property {(string | number)[][]} rows
 * @property {Goal[]} [goals]
 * @property {{ title: string, columns?: string[], rows: (string | number)[][] }[]} [profiles] Of missed goals.
 * @property {Record<string, any>} [figures] The data for the documentation, by `kind`.
 */

/** Rounds a figure to three significant digits. @param {string | number} value */
export function figure(value) {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/**
 * Returns a Markdown table, which is also readable in a terminal. @param {string[]} columns @param {(string |
 * number)[][]} rows
 */
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

/**
 * Returns a table with its title, its goals, and the profiles of missed goals. @param {Table} table @param {number}
 * level The level of its heading.
 */
export function section({ title, note, columns, rows, goals = [], profiles = [] }, level = 2) {
  const parts = [`${'#'.repeat(level)} ${title}`];
  if (note) parts.push(note);
  parts.push(markdown(columns, rows));
  if (goals.length > 0) {
    const lines = goals.map(({ name, floor, value, met }) => [name, floor, value, met ? 'met' : '**not met**']);
    parts.push(markdown(['goal', 'floor or aim', 'measured', ''], lines));
  }
  for (const profile of profiles) {
    // Between backquotes, names aren't interpreted as Markdown.
    const lines = profile.rows.map(([name, ...others]) => [`\`${name}\``, ...others]);
    parts.push(`${profile.title}:`, markdown(profile.columns ?? PROFILE_COLUMNS, lines));
  }
  return parts.join('\n\n');
}
