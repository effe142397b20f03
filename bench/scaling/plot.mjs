// Draws SVG by hand: a few lines over a logarithmic or linear axis don't need a library.

/**
 * @typedef {{ name: string, points: [number, number][] }} Line
 * @typedef {{ title: string, x: string, y: string, lines: Line[], logarithmic?: boolean, ticks?: number[] }} Plot
 *   `ticks`: the labels of the x axis; by default, the positions of the points.
 */

const WIDTH = 720;
const HEIGHT = 400;
const MARGIN = { left: 72, right: 24, top: 72, bottom: 56 };
// Each line also has its own marks, so you can tell them apart without colors.
const COLORS = ['#1f6feb', '#8c6d1f', '#1a7f37'];

const short = value => (value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(value));
const escape = text => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);

/** Returns about five round numbers from 0 to at least `highest`. */
function ticks(highest) {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? rough;
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function mark(line, x, y) {
  if (line === 0) return `<circle cx="${x}" cy="${y}" r="4"/>`;
  if (line === 1) return `<rect x="${x - 4}" y="${y - 4}" width="8" height="8"/>`;
  return `<path d="M${x} ${y - 5}l5 9h-10z"/>`;
}

/** Returns the plot as SVG. The y axis starts at 0, so a line that looks flat is flat. @param {Plot} plot */
export function plot({ title, x: xTitle, y: yTitle, lines, logarithmic = false, ticks: named }) {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const xTicks = named ?? xs;
  const ends = [...xs, ...xTicks];
  const yTicks = ticks(Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y))));
  const scale = logarithmic ? Math.log10 : value => value;
  const [low, high] = [scale(Math.min(...ends)), scale(Math.max(...ends))];
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const atX = x => Math.round(MARGIN.left + ((scale(x) - low) / (high - low)) * (right - MARGIN.left));
  const atY = y => Math.round(bottom - (y / yTicks[yTicks.length - 1]) * (bottom - MARGIN.top));

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="28" font-size="16" font-weight="600">${escape(title)}</text>`,
    ...yTicks.flatMap(y => [
      `<path d="M${MARGIN.left} ${atY(y)}H${right}" stroke="${y === 0 ? '#57606a' : '#d8dee4'}"/>`,
      `<text x="${MARGIN.left - 8}" y="${atY(y) + 4}" text-anchor="end" fill="#57606a">${short(y)}</text>`,
    ]),
    ...xTicks.map(x => `<text x="${atX(x)}" y="${bottom + 20}" text-anchor="middle" fill="#57606a">${short(x)}</text>`),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escape(xTitle)}</text>`,
    `<text transform="translate(18 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(yTitle)}</text>`,
  ];
  let legend = MARGIN.left;
  for (const [i, { name, points }] of lines.entries()) {
    const path = points.map(([x, y]) => `${atX(x)} ${atY(y)}`).join('L');
    parts.push(
      `<g fill="${COLORS[i]}"><path d="M${path}" fill="none" stroke="${COLORS[i]}" stroke-width="2"/>`,
      ...points.map(([x, y]) => mark(i, atX(x), atY(y))),
      `${mark(i, legend + 5, 48)}<text x="${legend + 16}" y="53">${escape(name)}</text></g>`,
    );
    legend += 48 + 7.5 * name.length;
  }
  return `${[...parts, '</svg>'].join('\n')}\n`;
}
