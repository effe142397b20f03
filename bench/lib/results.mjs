// Keeps the results part by part, so that each part can be measured separately, and writes the documents.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { documentOf } from './document.mjs';
import { machine, versions } from './machine.mjs';
import { markdown, section } from './table.mjs';

/**
 * @typedef {object} Result One part, with one version of Node.
 * @property {string} name
 * @property {boolean} once Whether it's measured with only one version of Node.
 * @property {string} version
 * @property {string} at
 * @property {string} commit
 * @property {number} load
 * @property {number} minutes
 * @property {import('./table.mjs').Table[]} tables
 */

const FOLDER = new URL('../results/', import.meta.url);
const RESULTS = new URL('../RESULTS.md', import.meta.url);
const DOCUMENT = new URL('../../docs/performance.md', import.meta.url);
const IMAGES = new URL('../../docs/images/', import.meta.url);

export const clearResults = () => rm(FOLDER, { recursive: true, force: true });

/** @param {Result} result */
export async function saveResult(result) {
  await mkdir(FOLDER, { recursive: true });
  const file = `${result.name}${result.once ? '' : `-${result.version.split('.')[0]}`}.json`;
  await writeFile(new URL(file, FOLDER), JSON.stringify(result, undefined, 2));
}

/**
 * Writes RESULTS.md, and the charts and texts of docs/performance.md, if there is a result for each of `parts` and each
 * version of Node.
 *
 * @param {{ name: string, once?: boolean }[]} parts
 * @returns {Promise<string>} What was written.
 */
export async function writeResults(parts) {
  const ordered = await readResults(parts);
  const missing = ordered.filter(({ tables }) => !tables);
  if (missing.length > 0) {
    const names = missing.map(({ name, version }) => (version ? `${name} with Node ${version}` : name));
    return `\nNothing is written: ${names.join(', ')} not yet measured.`;
  }
  const all = ordered.flatMap(({ tables }) =>
    tables.flatMap(({ title, goals = [] }) => goals.map(goal => ({ ...goal, title }))),
  );
  const verdict = verdictOf(all);
  await write(RESULTS, await resultsText(ordered, all, verdict));

  const { text, images } = documentOf(ordered);
  await mkdir(IMAGES, { recursive: true });
  for (const [name, image] of Object.entries(images)) await writeFile(new URL(`${name}.svg`, IMAGES), image);
  const marks = /(?<=<!-- figures -->\n).*(?=<!-- end of the figures -->)/s;
  const document = await readFile(DOCUMENT, 'utf8');
  await write(
    DOCUMENT,
    document.replace(marks, () => `\n${text}\n\n`),
  );
  return `\n${verdict} All is in bench/RESULTS.md.`;
}

/** Returns the results of each part and each version of Node, in order. A missing one has no tables. */
async function readResults(parts) {
  /** @type {Result[]} */
  const results = await Promise.all(
    (await readdir(FOLDER)).map(async file => JSON.parse(await readFile(new URL(file, FOLDER), 'utf8'))),
  );
  const measured = results.filter(({ once }) => !once).map(({ version }) => version);
  const nodes = [...new Set([process.version, ...measured])].sort();
  return parts.flatMap(({ name, once }) =>
    (once ? [undefined] : nodes).map(
      version =>
        results.find(result => result.name === name && (once || result.version === version)) ?? { name, version },
    ),
  );
}

function verdictOf(goals) {
  const count = goals => `${goals.filter(({ met }) => met).length} of ${goals.length}`;
  const [floors, aims] = [goals.filter(({ isAim }) => !isAim), goals.filter(({ isAim }) => isAim)];
  return `${count(floors)} floors are met${aims.length > 0 ? `, and ${count(aims)} aims` : ''}.`;
}

async function resultsText(ordered, goals, verdict) {
  const missed = goals.filter(({ met }) => !met);
  return [
    '# Results',
    'Written by `npm run bench`; [README.md](README.md) says how it measures. A figure is a ratio of runs taken in turn in one run: absolute times are those of this machine on this day. Below a goal that is not met is a profile of what takes the time, or the memory.',
    markdown(['machine', ''], machine()),
    markdown(
      ['part', 'Node', 'commit', 'at (UTC)', 'load at the start', 'minutes'],
      ordered.map(({ name, version, commit, at, load, minutes }) => [name, version, commit, at, load, minutes]),
    ),
    verdict,
    ...(missed.length > 0
      ? [
          markdown(
            ['goal that is not met', 'in', 'floor or aim', 'measured'],
            missed.map(({ name, title, floor, value }) => [name, title, floor, value]),
          ),
        ]
      : []),
    ...ordered.flatMap(({ tables }) => tables.map(table => section(table))),
    '## Versions',
    markdown(['package', 'version'], await versions()),
  ].join('\n\n');
}

/** Writes Markdown, formatted with Prettier. */
const write = async (url, text) =>
  writeFile(url, await format(text, { parser: 'markdown', filepath: fileURLToPath(url), printWidth: 120 }));
