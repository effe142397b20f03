// Compares rx-sse with other libraries: prints tables and writes RESULTS.md. README.md explains how to use it.
import { fork } from 'node:child_process';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from './lib/chromium.mjs';
import { about } from './lib/machine.mjs';
import { clearResults, saveResult, writeResults } from './lib/results.mjs';
import { section } from './lib/table.mjs';

/** In this order; those with `once` run with only one version of Node. Parts with `quick` can run quickly, for CI. */
const PARTS = [
  { name: 'parsers', folder: 'parsers', quick: true },
  { name: 'parsers-chromium', folder: 'parsers', inChromium: true, once: true, quick: true },
  { name: 'end-to-end', folder: 'end-to-end', quick: true },
  { name: 'end-to-end-chromium', folder: 'end-to-end', inChromium: true, once: true, quick: true },
  { name: 'scaling', folder: 'scaling', once: true },
  { name: 'size', folder: 'size', once: true },
];
/** CI only reports a gross regression that occurs this often in a row. */
const ATTEMPTS = 3;

const here = path => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  options: {
    /** Two minutes: fewer samples, only our own parser, writes nothing, and fails on gross regressions. */
    quick: { type: 'boolean', default: false },
    /** The executables of more versions of Node. */
    node: { type: 'string', multiple: true, default: [] },
    /** Only the parts with these names. Earlier results of the others are kept. */
    parts: { type: 'string', default: '' },
  },
});

await access(here('../dist/esm/index.js')).catch(() => {
  throw new Error('Expected the built package in dist: npm run build');
});

const wanted = values.parts.split(',').filter(Boolean);
const unknown = wanted.filter(name => !PARTS.some(part => part.name === name));
if (unknown.length > 0) throw new Error(`Expected parts among ${PARTS.map(({ name }) => name)}, and not ${unknown}`);
const parts = PARTS.filter(({ name, inChromium, quick }) => {
  if ((values.quick && !quick) || (wanted.length > 0 && !wanted.includes(name))) return false;
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
  console.log(await writeResults(PARTS.filter(({ inChromium }) => !inChromium || findChromium())));
}
