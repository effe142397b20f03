// Compares rx-sse with other libraries: prints tables and writes RESULTS.md. README.md explains how to use it.
import { fork } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from './lib/chromium.mjs';
import { about } from './lib/machine.mjs';
import { clearResults, saveResult, writeResults } from './lib/results.mjs';
import { section } from './lib/table.mjs';

/** In this order; where it is said, once and not for each version of Node. What is `quick` can be measured so, for CI. */
const CLIENTS = [
  { name: 'parsers', folder: 'parsers', quick: true },
  { name: 'parsers-chromium', folder: 'parsers', inChromium: true, once: true, quick: true },
  { name: 'end-to-end', folder: 'end-to-end', quick: true },
  { name: 'end-to-end-chromium', folder: 'end-to-end', inChromium: true, once: true, quick: true },
  { name: 'scaling', folder: 'scaling', once: true },
  { name: 'size', folder: 'size', once: true },
];
const LOAD = [
  { name: 'idle-streams', folder: 'load/idle-streams', once: true, quick: true },
  { name: 'fan-out', folder: 'load/fan-out', once: true, quick: true },
  { name: 'storm', folder: 'load/storm', once: true, quick: true },
];
const PARTS = [
  ...CLIENTS.map(part => ({ ...part, group: 'clients' })),
  ...LOAD.map(part => ({ ...part, group: 'load' })),
];
/** A gross regression must show this often in a row. */
const ATTEMPTS = 3;

const here = path => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    /** Two minutes: fewer samples, only our own parser, writes nothing, and fails on gross regressions. */
    quick: { type: 'boolean', default: false },
    /** The executables of more versions of Node. */
    node: { type: 'string', multiple: true, default: [] },
    /** Only these, by their names or that of their group; what was measured of the others before is kept. */
    parts: { type: 'string', default: '' },
  },
});

await access(here('../dist/esm/index.js')).catch(() => {
  throw new Error('Expected the built package in dist: npm run build');
});

const wanted = values.parts.split(',').filter(Boolean);
const isNamed = ({ name, group }, wanted) => name === wanted || group === wanted;
const unknown = wanted.filter(name => !PARTS.some(part => isNamed(part, name)));
if (unknown.length > 0) throw new Error(`Expected parts among ${PARTS.map(({ name }) => name)}, and not ${unknown}`);
const parts = PARTS.filter(part => {
  const { name, inChromium, quick } = part;
  if ((values.quick && !quick) || (wanted.length > 0 && !wanted.some(name => isNamed(part, name)))) return false;
  if (!inChromium || findChromium()) return true;
  console.error(`No Chromium is found: ${name} is left out.`);
  return false;
});

const seconds = () => (performance.now() / 1000).toFixed(0);

/** @returns {Promise<{ tables: import('./lib/table.mjs').Table[], version: string }>} */
function runPart({ name, folder, inChromium }, execPath, only) {
  return new Promise((resolve, reject) => {
    const options = JSON.stringify({ quick: values.quick, inChromium, only });
    const child = fork(here('lib/part.mjs'), [folder, options], { execPath, execArgv: ['--no-warnings'] });
    let answer;
    child.on('message', message => (answer = message));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer && code === 0) resolve(answer);
      else reject(new Error(`${name} ended with ${signal ?? code}`));
    });
  });
}

const grossGoals = ({ tables }) => tables.flatMap(({ goals = [] }) => goals.filter(({ gross }) => gross));

/**
 * Returns the goals of a part that are missed by far in every attempt. A machine that is busy for a while isn't a
 * regression.
 */
async function findRegressions(part, execPath, result) {
  let gross = grossGoals(result);
  for (let attempt = 2; attempt <= ATTEMPTS && gross.length > 0; attempt++) {
    console.error(`Far below its floor, measured again (${attempt} of ${ATTEMPTS}):`);
    for (const { name, inCI, best } of gross) console.error(`- ${name}: ${best.toFixed(2)}, and not ${inCI}`);
    const again = grossGoals(await runPart(part, execPath, [...new Set(gross.map(({ of }) => of))]));
    gross = again.filter(({ name }) => gross.some(goal => goal.name === name));
  }
  return gross;
}

if (!values.quick && wanted.length === 0) await clearResults();
const regressions = [];
for (const execPath of [process.execPath, ...values.node]) {
  for (const part of parts.filter(({ once }) => execPath === process.execPath || !once)) {
    console.error(`\n=== ${part.name}, after ${seconds()} s`);
    const start = performance.now();
    const before = await about();
    const result = await runPart(part, execPath);
    console.log(result.tables.map(table => `\n${section(table)}`).join('\n'));
    if (values.quick) {
      regressions.push(...(await findRegressions(part, execPath, result)));
    } else {
      const minutes = (performance.now() - start) / 60_000;
      await saveResult({ name: part.name, once: part.once ?? false, ...before, ...result, minutes });
    }
  }
}

console.error(`\n=== done after ${seconds()} s`);
if (values.quick) {
  for (const { name } of regressions) console.error(`Far below its floor, ${ATTEMPTS} times in a row: ${name}`);
  process.exitCode = regressions.length > 0 ? 1 : 0;
} else {
  for (const group of new Set(parts.map(({ group }) => group))) {
    const all = PARTS.filter(part => part.group === group && (!part.inChromium || findChromium()));
    console.log(await writeResults(group, all));
  }
}
