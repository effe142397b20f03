// Draws the arrivals of the clients as SVG, for light and dark pages: a panel with jitter, and one without.

/** @typedef {{ title: string, found: number[], expected: number[] }} Panel The arrivals in each bucket. */

const WIDTH = 720;
const LEFT = 56;
const RIGHT = 12;
const PANEL = 150;
const BETWEEN = 66;
const TOP = 96;
// The same colors as in lib/charts.mjs.
const TEXT = '#757c85';
const FOUND = '#5580a8';
const EXPECTED = '#a07f52';

const text = (x, y, content, attributes = '') =>
  `<text x="${Math.round(x)}" y="${Math.round(y)}"${attributes}>${content}</text>`;

/** Returns the next round number. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(factor => factor * power).find(size => size >= value);
}

/** Returns the outline of a histogram. */
function outline(counts, atX, atY) {
  const steps = counts.map((count, i) => `V${atY(count)}H${atX(i + 1)}`);
  return `M${atX(0)} ${atY(0)}${steps.join('')}V${atY(0)}`;
}

/** @param {Panel} panel */
function drawPanel({ title, found, expected }, top, buckets, perSecond) {
  const most = roundUp(Math.max(...found, ...expected));
  const bottom = top + PANEL;
  const atX = bucket => Number((LEFT + (bucket / buckets) * (WIDTH - LEFT - RIGHT)).toFixed(1));
  const atY = count => Number((bottom - (count / most) * PANEL).toFixed(1));
  const bars = found.flatMap((count, i) =>
    count > 0 ? [`M${atX(i)} ${bottom}V${atY(count)}H${(atX(i + 1) - 0.6).toFixed(1)}V${bottom}z`] : [],
  );
  return [
    text(LEFT, top - 14, title, ' font-weight="600"'),
    ...[0, most / 2, most].flatMap(count => [
      `<path d="M${LEFT} ${atY(count)}H${WIDTH - RIGHT}" stroke="${TEXT}" stroke-opacity="${count === 0 ? 1 : 0.3}"/>`,
      text(LEFT - 8, atY(count) + 4, count.toLocaleString('en'), ' text-anchor="end"'),
    ]),
    `<path d="${bars.join('')}" fill="${FOUND}"/>`,
    `<path d="${outline(expected, atX, atY)}" fill="none" stroke="${EXPECTED}" stroke-width="1.5"/>`,
    ...Array.from({ length: Math.floor(buckets / perSecond) + 1 }, (_, second) =>
      text(atX(second * perSecond), bottom + 18, second, ' text-anchor="middle"'),
    ),
  ];
}

/**
 * @param {{ title: string, x: string, bucket: number, panels: Panel[] }} plot `bucket` in milliseconds.
 * @returns {string}
 */
export function plotStorm({ title, x, bucket, panels }) {
  const buckets = Math.max(...panels.flatMap(({ found, expected }) => [found.length, expected.length]));
  const height = TOP + panels.length * (PANEL + BETWEEN) - BETWEEN + 44;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${TEXT}">`,
    text(8, 22, title, ' font-size="15" font-weight="600"'),
    `<rect x="8" y="40" width="10" height="10" fill="${FOUND}"/>`,
    text(24, 49, 'arrivals'),
    `<path d="M96 45h14" stroke="${EXPECTED}" stroke-width="2"/>`,
    text(116, 49, 'predicted by the policy'),
    ...panels.flatMap((panel, i) => drawPanel(panel, TOP + i * (PANEL + BETWEEN), buckets, 1000 / bucket)),
    text((LEFT + WIDTH - RIGHT) / 2, height - 8, x, ' text-anchor="middle"'),
    '</svg>',
  ].join('\n')}\n`;
}
