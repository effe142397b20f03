import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

/** Returns the commit, the time, and the load of the machine. */
export async function about() {
  const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty']).catch(() => ({
    stdout: '',
  }));
  return { at: new Date().toISOString().slice(0, 16).replace('T', ' '), commit: stdout.trim(), load: loadavg()[0] };
}

/** Describes the machine as lines of a table. @returns {[string, string][]} */
export function machine() {
  const processors = cpus();
  const gibibytes = (totalmem() / 2 ** 30).toFixed(1);
  return [
    ['processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} processors`],
    ['memory', `${gibibytes} GiB`],
    ['system', `${platform()} ${release().split('-')[0]} (${arch()})`],
  ];
}

/** Describes the machine in words, for a sentence. */
export function machineInWords() {
  const [[, processor], [, memory], [, system]] = machine();
  return `${processor}, ${memory} of memory, ${system}, Node ${process.versions.node}`;
}

const read = async path => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));
const versionOf = async name => (await read(`../../node_modules/${name}/package.json`)).version;

/** The versions of what the load is put on. @returns {Promise<[string, string][]>} */
export async function loadVersions() {
  const { version } = await read('../../package.json');
  const others = ['rxjs', 'better-sse', 'redis'];
  return [['rx-sse', version], ...(await Promise.all(others.map(async name => [name, await versionOf(name)])))];
}

/** The versions that bench/package.json pins, by the name of the package. @returns {Promise<[string, string][]>} */
export async function versions() {
  const { dependencies } = await read('../package.json');
  const { version } = await read('../../package.json');
  return [['rx-sse', version], ['rxjs', await versionOf('rxjs')], ...Object.entries(dependencies)];
}
