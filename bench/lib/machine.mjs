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
    ['processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} in sight`],
    ['memory', `${gibibytes} GiB`],
    ['system', `${platform()} ${release().split('-')[0]} (${arch()})`],
  ];
}

/** Returns the versions in bench/package.json, by package. @returns {Promise<[string, string][]>} */
export async function versions() {
  const read = async path => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'));
  const { dependencies } = await read('../package.json');
  const { version } = await read('../../package.json');
  const rxjs = await read('../../node_modules/rxjs/package.json');
  return [['rx-sse', version], ['rxjs', rxjs.version], ...Object.entries(dependencies)];
}
