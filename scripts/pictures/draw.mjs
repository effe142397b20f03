// Two kinds of pictures from a few lines of text.
//
// A sequence, from top to bottom:
//
//     sequence <title, for people who can't see it>
//     actors Page | Server
//     Page -> Server: GET /chat/stream     an arrow; `-x` is one that does not arrive, `--` a dashed one
//     note Page: waits 3 s                 a note at the line of an actor
//     mark the connection is cut           a line across, as for a failure
//     band Page 2: open                    how an actor stands over the next so many rows
//
// Boxes in columns, from left to right:
//
//     boxes <title>
//     column Browsers: Ada | Ben | Cleo
//     column Proxy: nginx
//     Ada -> nginx: any server             an arrow between two boxes
//
// Colors are classes, light and dark by what the reader prefers. Letters are measured roughly, as no browser is at hand.

const ROW = 46;
const LETTER = 7.4;
const SMALL = 6.6;

const STYLE = `
  svg { color-scheme: light dark; }
  text { font: 14px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .small { font-size: 12.5px; fill: #424a53; }
  .small, .mark { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round; }
  .note-text { stroke: none; }
  .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12px; }
  .paper { fill: #ffffff; }
  .box { fill: #eef4ff; stroke: #3b6fd4; stroke-width: 1.5; }
  .group { fill: none; stroke: #8c959f; stroke-dasharray: 4 4; }
  .life { stroke: #8c959f; stroke-dasharray: 3 5; }
  .arrow { stroke: #0f766e; stroke-width: 1.8; fill: none; }
  .head { fill: #0f766e; }
  .lost { stroke: #b3261e; }
  .lost-fill { fill: #b3261e; }
  .dashed { stroke-dasharray: 6 4; }
  .note { fill: #fff6d8; stroke: #b58900; }
  .good { fill: #1a7f4b; }
  .bad { fill: #b3261e; }
  .idle { fill: #b58900; }
  .mark { fill: #b3261e; font-weight: 600; stroke-width: 12px; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #b6c2cf; }
    .small, .mark { stroke: #1b1b1f; }
    .note-text { stroke: none; }
    .paper { fill: #1b1b1f; }
    .box { fill: #1c2a44; stroke: #79a7ff; }
    .group { stroke: #6e7681; }
    .life { stroke: #6e7681; }
    .arrow { stroke: #5eead4; }
    .head { fill: #5eead4; }
    .lost { stroke: #ff8a80; }
    .lost-fill { fill: #ff8a80; }
    .note { fill: #3a3214; stroke: #d6b656; }
    .good { fill: #4ac27c; }
    .bad { fill: #ff8a80; }
    .idle { fill: #d6b656; }
    .mark { fill: #ff8a80; }
  }`;

const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x, y, words, kind = '', anchor = 'middle') =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${kind && ` class="${kind}"`}>${escape(words)}</text>`;
const round = number => Math.round(number * 10) / 10;
const line = (x1, y1, x2, y2, kind) =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`;
const box = (x, y, width, height, kind, radius = 6) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" class="${kind}"/>`;

/** The head of an arrow that comes from somewhere. */
function head(x, y, angle, kind = 'head') {
  const point = turn => `${round(x - 11 * Math.cos(angle + turn))},${round(y - 11 * Math.sin(angle + turn))}`;
  return `<polygon points="${round(x)},${round(y)} ${point(0.42)} ${point(-0.42)}" class="${kind}"/>`;
}

function page(width, height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-label="${escape(title).replaceAll('"', '&quot;')}">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    box(0, 0, width, height, 'paper', 8),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const fail = line => {
  throw new Error(`Cannot draw "${line}"`);
};

/** An arrow of a sequence: from, kind, to, and words. */
const ARROW = /^(.+?) (->|-x|--) (.+?): (.+)$/;
const TOP = 20;

function drawSequence(title, lines) {
  const [first = '', ...steps] = lines;
  const names = /^actors (.+)$/.exec(first)?.[1].split(' | ') ?? fail(first);
  const index = name => (names.includes(name) ? names.indexOf(name) : fail(name));
  const { columns, width } = layOut(names, index, steps);
  const columnOf = name => columns[index(name)];
  const over = [];
  let y = TOP + 34 + 34;
  for (const step of steps) {
    const [, name, rows, how] = /^band (.+) (\d+): (open|waiting|lost)$/.exec(step) ?? [];
    if (name) {
      const kind = { open: 'good', waiting: 'idle', lost: 'bad' }[how];
      over.push(box(columnOf(name) - 4, y - 20, 8, Number(rows) * ROW - 6, kind, 4));
      continue;
    }
    over.push(...drawStep(step, y, width, columnOf));
    y += ROW;
  }
  const bottom = y - ROW + 22;
  const actors = names.flatMap((name, column) => {
    const half = (name.length * LETTER) / 2 + 16;
    return [
      line(columns[column], TOP + 34, columns[column], bottom, 'life'),
      box(columns[column] - half, TOP, 2 * half, 34, 'box'),
      text(columns[column], TOP + 22, name),
    ];
  });
  return page(width, bottom + 14, title, [...actors, ...over]);
}

/** The columns are as far from each other as what is written between them is long. */
function layOut(names, index, steps) {
  const gaps = names.slice(1).map(() => 170);
  const margin = names.map(name => (name.length * LETTER) / 2 + 30);
  let left = margin[0];
  let right = margin.at(-1);
  for (const step of steps) {
    const [, from, , to, words] = ARROW.exec(step) ?? [];
    const [, at, note] = /^note (.+?): (.+)$/.exec(step) ?? [];
    if (from && !step.startsWith('note ') && !step.startsWith('band ')) {
      const [low, high] = [index(from), index(to)].sort((a, b) => a - b);
      const needed = (words.length * SMALL + 60) / (high - low);
      for (let gap = low; gap < high; gap++) gaps[gap] = Math.max(gaps[gap], needed);
    } else if (note) {
      const half = (note.length * SMALL) / 2 + 16;
      if (index(at) === 0) left = Math.max(left, half + 10);
      if (index(at) === names.length - 1) right = Math.max(right, half + 10);
    }
  }
  const columns = names.map((_, column) => left + gaps.slice(0, column).reduce((sum, gap) => sum + gap, 0));
  return { columns, width: columns.at(-1) + right };
}

/** The parts of a mark, a note or an arrow. */
function drawStep(step, y, width, columnOf) {
  const mark = /^mark (.+)$/.exec(step);
  if (mark) return [line(14, y - 8, width - 14, y - 8, 'arrow lost dashed'), text(width / 2, y - 3, mark[1], 'mark')];
  const note = /^note (.+?): (.+)$/.exec(step);
  if (note) {
    const half = (note[2].length * SMALL) / 2 + 12;
    const x = columnOf(note[1]);
    return [box(x - half, y - 24, 2 * half, 28, 'note'), text(x, y - 5, note[2], 'small note-text')];
  }
  const [, from, kind, to, words] = ARROW.exec(step) ?? fail(step);
  const [x1, x2] = [columnOf(from), columnOf(to)];
  const way = Math.sign(x2 - x1);
  const isLost = kind === '-x';
  const end = isLost ? x1 + (x2 - x1) * 0.62 : x2 - way * 6;
  return [
    line(x1 + way * 6, y, end - way * 6, y, `arrow${isLost ? ' lost' : ''}${kind === '--' ? ' dashed' : ''}`),
    isLost ? text(end + way * 2, y + 5, '✕', 'mark') : head(end, y, way > 0 ? 0 : Math.PI),
    text((x1 + x2) / 2, y - 9, words, /^(GET|POST|id:|data:|Last-Event-ID)/.test(words) ? 'small mono' : 'small'),
  ];
}

function drawBoxes(title, lines) {
  const columns = [];
  const arrows = [];
  for (const each of lines) {
    const column = /^column (.*?): (.+)$/.exec(each);
    const arrow = /^(.+?) (->|--|<->) (.+?)(?:: (.+))?$/.exec(each);
    if (column) columns.push({ title: column[1], names: column[2].split(' | ') });
    else if (arrow) arrows.push({ from: arrow[1], kind: arrow[2], to: arrow[3], words: arrow[4] ?? '' });
    else fail(each);
  }
  const HEIGHT = 42;
  const SPACE = 26;
  const tallest = Math.max(...columns.map(({ names }) => names.length));
  const height = 58 + tallest * (HEIGHT + SPACE);
  const places = new Map();
  const parts = [];
  let x = 26;
  for (const [number, { title: head, names }] of columns.entries()) {
    const wide = Math.max(...names.map(name => name.length * LETTER + 32), head.length * SMALL + 10, 84);
    const used = names.length * (HEIGHT + SPACE) - SPACE;
    let y = 46 + (tallest * (HEIGHT + SPACE) - SPACE - used) / 2;
    parts.push(text(x + wide / 2, 28, head, 'small'));
    for (const name of names) {
      places.set(name, { x, y, wide, number });
      parts.push(box(x, y, wide, HEIGHT, 'box'), text(x + wide / 2, y + 26, name));
      y += HEIGHT + SPACE;
    }
    const leaving = arrows.filter(({ from }) => names.includes(from));
    x += wide + Math.max(96, ...leaving.map(({ words }) => words.length * SMALL + 44));
    if (number === columns.length - 1) x = places.get(names[0]).x + wide + 26;
  }
  for (const { from, kind, to, words } of arrows) {
    const [one, other] = [places.get(from) ?? fail(from), places.get(to) ?? fail(to)];
    const isRight = other.number > one.number;
    const [x1, y1] = [isRight ? one.x + one.wide : one.x, one.y + HEIGHT / 2];
    const [x2, y2] = [isRight ? other.x : other.x + other.wide, other.y + HEIGHT / 2];
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const away = (distance, x0, y0) => [x0 + distance * Math.cos(angle), y0 + distance * Math.sin(angle)];
    const [startX, startY] = away(kind === '<->' ? 12 : 4, x1, y1);
    const [endX, endY] = away(-14, x2, y2);
    parts.push(
      line(startX, startY, endX, endY, `arrow${kind === '--' ? ' dashed' : ''}`),
      head(...away(-4, x2, y2), angle),
    );
    if (kind === '<->') parts.push(head(...away(4, x1, y1), angle + Math.PI));
    if (words) parts.push(text((x1 + x2) / 2, (y1 + y2) / 2 - 8, words, 'small'));
  }
  return page(x, height, title, parts);
}

/** The SVG that a description stands for. */
export function draw(description) {
  const lines = description
    .split('\n')
    .map(each => each.trim())
    .filter(each => each && !each.startsWith('#'));
  const [, kind, title] = /^(sequence|boxes) (.+)$/.exec(lines[0] ?? '') ?? fail(lines[0]);
  return kind === 'sequence' ? drawSequence(title, lines.slice(1)) : drawBoxes(title, lines.slice(1));
}
