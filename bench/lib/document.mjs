// Creates the results in docs/performance.md: three charts, and where rx-sse isn't ahead.
import { barChart, chartInWords } from './charts.mjs';
import { figure } from './table.mjs';

/** Short names of the workloads. */
const WORKLOADS = {
  a: 'answer of a language model',
  b: 'events of 11 bytes',
  c: '1 kB of JSON with an id',
  d: 'events of 20 lines',
  e: 'events of 1 MB',
  f: 'CJK and emoji',
  f2: 'an answer with a typographic quote now and then',
  g: 'answer with CRLF',
  h: 'heartbeats, few events',
  i1: 'answer in chunks of 1 byte',
  i16: 'answer in chunks of 16 bytes',
  ie: 'answer, one event a chunk',
  ieb: 'events of 11 bytes, one a chunk',
  j5: 'an event of 5 MB',
  j: 'an event of 50 MB',
};
/** The workloads in the chart. */
const DRAWN = ['a', 'ie', 'g', 'f', 'c', 'b', 'h'];
/** Short titles for clients with long ones. */
const CLIENTS = { bare: 'a bare fetch reader, no events', naive: 'fromFetch and eventsource-parser' };
const OURS = 'rx-sse';
/** A bar is at most this many times as long as the bar of rx-sse. */
const CUT = 5;

/** Removes the minor version. @param {string} engine */
const short = engine => engine.split('.')[0];

/** @returns {import('./charts.mjs').Chart} */
function parserChart(parsers) {
  const rows = DRAWN.map(name => ({
    title: WORKLOADS[name],
    values: parsers.map(({ rows }) => rows.find(row => row.name === name)?.times),
  }));
  return {
    title: 'How many times as fast as eventsource-parser 4',
    series: parsers.map(({ engine }) => `rx-sse/parser in ${short(engine)}`),
    rows: rows.filter(({ values }) => values.some(value => value !== undefined)),
    format: value => value.toFixed(2),
    line: { at: 1, title: 'eventsource-parser 4' },
  };
}

/** @returns {import('./charts.mjs').Chart} */
function clientChart(clients) {
  const rows = clients[0].rows.map(({ name, title }) => ({
    title: CLIENTS[name] ?? title,
    values: clients.map(({ rows }) => rows.find(row => row.name === name)?.cpu),
    strong: name === OURS,
  }));
  const ours = rows.find(({ strong }) => strong)?.values ?? [];
  const values = rows.flatMap(({ values }) => values.filter(value => value !== undefined));
  return {
    title: `CPU time for one event, in nanoseconds, ${short(clients[0].engine)}`,
    series: clients.map(({ title }) => title),
    rows,
    format: figure,
    most: Math.max(...values.filter(value => value <= CUT * Math.max(...ours))),
  };
}

/** @returns {import('./charts.mjs').Chart} */
function sizeChart({ rows }) {
  return {
    title: 'What a page loads: bytes, minified and gzipped',
    series: ['without RxJS', 'with what it uses of RxJS'],
    rows: rows.map(({ title, alone, whole }) => ({
      title,
      values: [alone, whole === alone ? undefined : whole],
      strong: title.startsWith(OURS),
    })),
    format: figure,
  };
}

/** Returns the workloads on which the parser is slower than eventsource-parser, by engine. */
function slowerParsers(parsers) {
  return parsers.flatMap(({ engine, rows }) => {
    const slower = rows.filter(({ times }) => times < 1);
    const said = slower.map(({ name, title, times }) => `${WORKLOADS[name] ?? title} (${times.toFixed(2)})`);
    return said.length > 0
      ? [`- **rx-sse/parser in ${short(engine)}**, slower than eventsource-parser 4 on: ${said.join('; ')}`]
      : [];
  });
}

/** Returns the clients that need less CPU time per event, by engine and chunks. */
function cheaperClients(clients) {
  return clients.flatMap(({ engine, title, rows }) => {
    const ours = rows.find(({ name }) => name === OURS)?.cpu;
    const cheaper = rows.filter(({ name, cpu }) => name !== 'bare' && cpu < ours);
    const said = cheaper.map(({ name, title, cpu }) => `${CLIENTS[name] ?? title} (${(cpu / ours).toFixed(2)} of it)`);
    return said.length > 0
      ? [`- **rx-sse in ${short(engine)}, ${title}**, which takes more CPU time than ${said.join('; ')}`]
      : [];
  });
}

/** Returns the clients that are smaller, including the parts of RxJS that they use. */
function smallerClients({ rows }) {
  const ours = rows.find(({ title }) => title.startsWith(OURS))?.whole;
  const smaller = rows.filter(({ whole }) => whole < ours);
  const said = smaller.map(({ title, whole }) => `${title} (${(whole / ours).toFixed(2)} of its bytes)`);
  return said.length > 0 ? [`- **rx-sse in a page without RxJS**, which is larger than ${said.join('; ')}`] : [];
}

const LAST = 'All figures, each goal met or not, and the versions: [bench/RESULTS.md](../bench/RESULTS.md).';

/**
 * The texts between the marks of the document, by the first mark of each, and its images.
 *
 * @param {{ name: string, at: string, commit: string, tables: import('./table.mjs').Table[] }[]} results In their order: the first Node is the one that is drawn.
 * @returns {{ texts: Record<string, string>, images: Record<string, string> }}
 */
export function documentOf(results) {
  const figures = results.flatMap(({ tables }) => tables.flatMap(({ figures = [] }) => figures));
  const of = kind => figures.filter(figures => figures.kind === kind);
  const [parsers, clients, [size]] = [of('parsers'), of('clients'), of('size')];
  const inNode = parsers.find(({ engine }) => engine.startsWith('Node'));
  const inChromium = parsers.find(({ engine }) => engine.startsWith('Chromium'));
  const charts = {
    parsers: parserChart([inNode, inChromium].filter(Boolean)),
    clients: clientChart(clients.filter(({ engine }) => engine === clients[0].engine)),
    size: sizeChart(size),
  };
  const image = name => `![${chartInWords(charts[name])}](images/${name}.svg)`;
  const behind = [...slowerParsers(parsers), ...cheaperClients(clients), ...smallerClients(size)];
  const text = [
    '## Parsers',
    'The parser alone, compared with the parser of most other clients. Longer is faster.',
    image('parsers'),
    '## Clients',
    'From the socket to your code, including the work of Node. Shorter is better. A bar that ends with » is cut off.',
    image('clients'),
    '## Size',
    'What a client adds to a page. Shorter is better.',
    image('size'),
    '## Where rx-sse is not ahead',
    behind.length > 0 ? behind.join('\n') : 'On nothing that these figures have.',
    LAST,
  ].join('\n\n');
  return {
    texts: { figures: text },
    images: Object.fromEntries(Object.entries(charts).map(([name, chart]) => [name, barChart(chart)])),
  };
}
