// Measures rx-sse beside its peers: prints tables and writes RESULTS.md. README.md says how to use it.
import { fork } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from './lib/chromium.mjs';
import { machine, versions } from './lib/machine.mjs';
import { markdown, section } from './lib/table.mjs';

/** In this order; where it is said, once and not for each version of Node. */
const PARTS = [
  { name: 'parsers', options: {} },
  { name: 'parsers', options: { inChromium: true }, once: true },
  { name: 'end-to-end', options: {} },
  { name: 'scaling', options: {} },
  { name: 'size', options: {}, once: true },
];
/** What is a gross regression must be one that often in a row. */
const ATTEMPTS = 3;

const here = path => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    /** Two minutes: fewer samples, our own parser only, nothing written; fails by gross regressions. */
    quick: { type: 'boolean', default: false },
    /** The executables of more versions of Node. */
    node: { type: 'string', multiple: true, default: [] },
    /** Only these, by their names; nothing is written. */
    parts: { type: 'string' },
  },
});

await access(here('../dist/esm/index.js')).catch(() => {
  throw new Error('Expected the built package in dist: npm run build');
});

/** @returns {Promise<{ tables: import('./lib/table.mjs').Table[], version: string }>} */
function runPart({ name, options }, execPath, only) {
  return new Promise((resolve, reject) => {
    const all = JSON.stringify({ ...options, quick: values.quick, withChromium: execPath === process.execPath, only });
    const child = fork(here('lib/part.mjs'), [name, all], { execPath, execArgv: ['--no-warnings'] });
    let answer;
    child.on('message', message => (answer = message));
    child.on('error', reject);
    child.on('exit', code => {
      if (answer && code === 0) resolve(answer);
      else reject(new Error(`${name} ended with ${code}`));
    });
  });
}

const wanted = values.parts?.split(',');
const parts = PARTS.filter(({ name, options }) => {
  if (wanted && !wanted.includes(name)) return false;
  if (!options.inChromium || findChromium()) return true;
  console.error('No Chromium is found: its part is left out.');
  return false;
});

const grossNames = tables =>
  tables.flatMap(({ goals = [] }) => goals.filter(goal => goal.gross).map(({ name }) => name));

/** Puts the tables that a reader looks for first between the marks of docs/performance.md, without their goals. */
async function writeToDocument(tables) {
  const path = here('../docs/performance.md');
  const text = tables.map(table => section({ ...table, goals: [] }, 3)).join('\n\n');
  const document = await readFile(path, 'utf8');
  const marks = /(?<=<!-- figures -->\n).*(?=<!-- end of the figures -->)/s;
  await writeFile(
    path,
    document.replace(marks, () => `\n${text}\n\n`),
  );
}

const about = await machine();
const groups = [];
const regressions = [];
for (const execPath of [process.execPath, ...values.node]) {
  const first = execPath === process.execPath;
  const group = { version: '', tables: [] };
  groups.push(group);
  for (const part of parts.filter(({ once }) => first || !once)) {
    console.error(`\n${part.name}${part.options.inChromium ? ' in Chromium' : ''}`);
    const { tables, version } = await runPart(part, execPath);
    group.version = version;
    group.tables.push(...tables);
    console.log(tables.map(table => `\n${section(table)}`).join('\n'));
    if (!values.quick) continue;
    // A machine that is busy for a while is no regression: only what is measured again and stays gross is.
    let gross = grossNames(tables);
    for (let attempt = 2; attempt <= ATTEMPTS && gross.length > 0; attempt++) {
      console.error(`\nFar below its floor, measured again (${attempt} of ${ATTEMPTS}): ${gross.join('; ')}`);
      const again = grossNames((await runPart(part, execPath, gross)).tables);
      gross = gross.filter(name => again.includes(name));
    }
    regressions.push(...gross);
  }
}

const all = groups.flatMap(({ version, tables }) =>
  tables.flatMap(({ title, goals = [] }) => goals.map(goal => ({ ...goal, title, version }))),
);
const missed = all.filter(({ met }) => !met);
const verdict = `${all.length - missed.length} of ${all.length} goals are met.`;

if (values.quick) {
  console.log(
    `\n${verdict} Not in ${(performance.now() / 1000).toFixed(0)} s alone: npm run bench measures them in full.`,
  );
  for (const name of regressions) console.error(`Far below its floor, ${ATTEMPTS} times in a row: ${name}`);
  process.exitCode = regressions.length > 0 ? 1 : 0;
} else if (!wanted) {
  const results = [
    '# Results',
    'Written by `npm run bench`; [README.md](README.md) says how it measures. A figure is a ratio of runs taken in turn in one run: absolute times are those of this machine on this day.',
    markdown(['machine', ''], about),
    verdict,
    ...(missed.length > 0
      ? [
          markdown(
            ['goal that is not met', 'in', 'floor', 'measured'],
            missed.map(({ name, title, version, floor, value }) => [name, `${title} (${version})`, floor, value]),
          ),
        ]
      : []),
    ...groups.flatMap(({ version, tables }) => [`## With Node ${version}`, ...tables.map(table => section(table, 3))]),
    '## Versions',
    markdown(['package', 'version'], await versions()),
  ];
  await writeFile(here('RESULTS.md'), `${results.join('\n\n')}\n`);
  await writeToDocument(groups.flatMap(({ tables }) => tables.filter(({ headline }) => headline)));
  console.log(`\n${verdict} All is in bench/RESULTS.md.`);
}
