// Draws horizontal bars as SVG, for light and dark pages.

/**
 * @typedef {{ title: string, values: (number | undefined)[], strong?: boolean }} Row One value for each series;
 * `strong` marks the main row.
 * @typedef {object} Chart
 * @property {string} title
 * @property {string[]} series
 * @property {Row[]} rows
 * @property {(value: number) => string} format
 * @property {number} [most] Where to cut bars off: otherwise the longest would hide the differences of the others.
 * @property {{ at: number, title: string }} [line] The value to compare the bars with.
 */

const WIDTH = 720;
const EDGE = 8;
/** The space for the number after a bar. */
const NUMBER = 84;
const BAR = 12;
const BETWEEN_ROWS = 12;
const TOP = 66;

// Each color has a contrast of at least 3.7 with white and with GitHub's dark background.
const TEXT = '#757c85';
const COLORS = ['#5580a8', '#a07f52', '#5f8f66'];

const escape = text => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
/** The largest possible width, because fonts differ. */
const widthOf = text => 7.7 * text.length;

function text(x, y, content, attributes = '') {
  return `<text x="${Math.round(x)}" y="${Math.round(y)}"${attributes}>${escape(content)}</text>`;
}

/** The meaning of each color. A single one is explained by the title. */
function legend(series) {
  if (series.length < 2) return [];
  let x = EDGE;
  return series.flatMap((name, i) => {
    const at = x;
    x += 16 + widthOf(name) + 6;
    return [`<rect x="${at}" y="40" width="10" height="10" fill="${COLORS[i]}"/>`, text(at + 16, 49, name)];
  });
}

/** Draws the bars of one row. Also returns the start of the next row. */
function bars({ title, values, strong = false }, top, { left, atX, most, format }) {
  const shown = values.flatMap((value, i) => (value === undefined ? [] : [{ value, color: COLORS[i] }]));
  const height = shown.length * BAR;
  const drawn = shown.flatMap(({ value, color }, i) => {
    const y = top + i * BAR;
    const end = Math.round(atX(Math.min(value, most)));
    const isCut = value > most;
    return [
      `<rect x="${left}" y="${y}" width="${Math.max(1, end - left)}" height="${BAR - 2}" fill="${color}"/>`,
      text(end + 6, y + BAR - 2.5, isCut ? `${format(value)} »` : format(value), ' font-size="11"'),
    ];
  });
  const attributes = ` text-anchor="end"${strong ? ' font-weight="700"' : ''}`;
  return { parts: [text(left - 8, top + height / 2 + 3, title, attributes), ...drawn], bottom: top + height };
}

/** @param {Chart} chart @returns {string} */
export function barChart({ title, series, rows, format, most: limit = Infinity, line }) {
  const left = Math.round(EDGE + 8 + Math.max(...rows.map(({ title }) => widthOf(title))));
  const values = rows.flatMap(({ values }) => values.filter(value => value !== undefined));
  const most = Math.min(limit, Math.max(...values, line?.at ?? 0));
  const atX = value => left + (value / most) * (WIDTH - NUMBER - left);
  let y = series.length < 2 ? TOP - 24 : TOP;
  const top = y;
  const drawn = rows.flatMap(row => {
    const { parts, bottom } = bars(row, y, { left, atX, most, format });
    y = bottom + BETWEEN_ROWS;
    return parts;
  });
  const marked = line
    ? [
        `<path d="M${Math.round(atX(line.at))} ${top - 4}V${y - 4}" stroke="${TEXT}" stroke-dasharray="4 3"/>`,
        text(atX(line.at), y + 12, line.title, ' text-anchor="middle"'),
      ]
    : [];
  const height = y + (line ? 22 : 0);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${TEXT}">`,
    text(EDGE, 22, title, ' font-size="15" font-weight="600"'),
    ...legend(series),
    ...drawn,
    ...marked,
    '</svg>',
  ].join('\n')}\n`;
}

/** Describes the chart in words, for people who can't see it. @param {Chart} chart */
export const chartInWords = ({ title, series, rows, format }) =>
  `${title}. ${rows
    .map(({ title, values }) => {
      const said = values.flatMap((value, i) =>
        value === undefined ? [] : [`${format(value)}${series.length > 1 ? ` (${series[i]})` : ''}`],
      );
      return `${title}: ${said.join(', ')}`;
    })
    .join('; ')}.`;
