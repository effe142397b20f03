// Keeps the results part by part, so that each part can be measured separately, and writes the documents.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { documentOf as loadDocumentOf } from '../load/document.mjs';
import { documentOf } from './document.mjs';
import { loadVersions, machine, versions } from './machine.mjs';
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

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = new URL('../results/', import.meta.url);
const IMAGES = new URL('../../docs/images/', import.meta.url);
/** The results of each group of parts: all tables of it, and what a page of docs/ draws and says. */
const GROUPS = {
  clients: {
    results: new URL('../RESULTS.md', import.meta.url),
    about:
      'Written by `npm run bench`; [README.md](README.md) says how it measures. A figure is a ratio of runs taken in turn in one run: absolute times are those of this machine on this day. Below a goal that is not met is a profile of what takes the time, or the memory.',
    document: new URL('../../docs/performance.md', import.meta.url),
    documentOf,
    versions,
  },
  load: {
    results: new URL('../load/RESULTS.md', import.meta.url),
    about:
      'Written by `npm run bench -- --parts load`. [README.md](../README.md#load) explains how it measures. Figures that aren’t ratios are only valid for this machine on this day. [docs/scaling.md](../../docs/scaling.md) explains what they mean.',
    document: new URL('../../docs/scaling.md', import.meta.url),
    documentOf: loadDocumentOf,
    versions: loadVersions,
  },
};

export const clearResults = () => rm(FOLDER, { recursive: true, force: true });

/** @param {Result} result */
export async function saveResult(result) {
  await mkdir(FOLDER, { recursive: true });
  const file = `${result.name}${result.once ? '' : `-${result.version.split('.')[0]}`}.json`;
  await writeFile(new URL(file, FOLDER), JSON.stringify(result, undefined, 2));
}

/**
 * Writes the results of a group, and its page of docs/ with the charts, if there is a result for each of its `parts` and each version of Node.
 *
 * @param {keyof typeof GROUPS} group
 * @param {{ name: string, once?: boolean }[]} parts
 * @returns {Promise<string>} What was written.
 */
export async function writeResults(group, parts) {
  const { results, about, document, documentOf, versions } = GROUPS[group];
  const ordered = await readResults(parts);
  const missing = ordered.filter(({ tables }) => !tables);
  if (missing.length > 0) {
    const names = missing.map(({ name, version }) => (version ? `${name} with Node ${version}` : name));
    return `\nNothing is written of ${group}: ${names.join(', ')} not yet measured.`;
  }
  const all = ordered.flatMap(({ tables }) =>
    tables.flatMap(({ title, goals = [] }) => goals.map(goal => ({ ...goal, title }))),
  );
  const verdict = verdictOf(all);
  await write(results, resultsText(about, ordered, all, verdict, await versions()));

  const { texts, images } = documentOf(ordered);
  await mkdir(IMAGES, { recursive: true });
  for (const [name, image] of Object.entries(images)) await writeFile(new URL(`${name}.svg`, IMAGES), image);
  let page = await readFile(document, 'utf8');
  for (const [name, text] of Object.entries(texts)) {
    const marks = new RegExp(`(?<=<!-- ${name} -->\\n).*?(?=<!-- end of the figures -->)`, 's');
    if (!marks.test(page)) throw new Error(`Expected <!-- ${name} --> in ${document.pathname}`);
    page = page.replace(marks, () => `\n${text}\n\n`);
  }
  await write(document, page);
  return `\n${verdict} All is in ${relative(ROOT, fileURLToPath(results))}.`;
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

function resultsText(about, ordered, goals, verdict, versions) {
  const missed = goals.filter(({ met }) => !met);
  return [
    '# Results',
    about,
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
    markdown(['package', 'version'], versions),
  ].join('\n\n');
}

/** Writes Markdown, formatted with Prettier. */
const write = async (url, text) =>
  writeFile(url, await format(text, { parser: 'markdown', filepath: fileURLToPath(url), printWidth: 120 }));
