// What the checks of the package share: each is a line, the package is packed as its users get it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

let passed = 0;
let failed = 0;

/** Runs a check, and prints a line: its name, and as a detail what it returns. One that fails says why, and stops no other. */
export async function check(name, run) {
  try {
    const detail = await run();
    passed++;
    console.log(`ok    ${name}${detail ? `: ${detail}` : ''}`);
  } catch (error) {
    failed++;
    console.error(`FAIL  ${name}\n${error.message.replace(/^/gm, '      ')}`);
  }
}

/** The last line, and the exit code. */
export function conclude(checks) {
  console.log(failed ? `${failed} of ${passed + failed} ${checks} failed` : `All ${passed} ${checks} passed`);
  process.exitCode = failed || passed === 0 ? 1 : 0;
}

/** What a command prints, to either output; a failure holds all of it. */
export async function output(cwd, command, ...args) {
  try {
    return await promisify(execFile)(command, args, { cwd, timeout: 300_000, maxBuffer: 2 ** 26 });
  } catch ({ message, stdout, stderr }) {
    throw new Error([message, stdout, stderr].filter(Boolean).join('\n'));
  }
}

/** What a command prints to its standard output. */
export const run = async (...command) => (await output(...command)).stdout;

/** Builds the package and packs it into `folder`: the tarball, and the files in it. */
export async function pack(folder) {
  await run(root, process.execPath, 'scripts/build.mjs');
  const packed = await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const [{ filename, files }] = JSON.parse(packed);
  return { tarball: join(folder, filename), files };
}
