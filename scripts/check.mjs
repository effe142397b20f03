// Shared by the checks of the package: prints one line per check, and packs the package.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

let passed = 0;
let failed = 0;

/**
 * Runs a check and prints a line: its name, and its result as a detail. If it fails, prints the reason. Other checks
 * still run.
 */
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

/** Prints the last line, and sets the exit code. */
export function conclude(checks) {
  console.log(failed ? `${failed} of ${passed + failed} ${checks} failed` : `All ${passed} ${checks} passed`);
  process.exitCode = failed || passed === 0 ? 1 : 0;
}

/** Returns the standard output and standard error of a command. The error of a failed command contains both. */
export async function output(cwd, command, ...args) {
  try {
    return await promisify(execFile)(command, args, { cwd, timeout: 300_000, maxBuffer: 2 ** 26 });
  } catch ({ message, stdout, stderr }) {
    throw new Error([message, stdout, stderr].filter(Boolean).join('\n'));
  }
}

/** Returns the standard output of a command. */
export const run = async (...command) => (await output(...command)).stdout;

/** Builds the package and packs it into `folder`. Returns the tarball and its files. */
export async function pack(folder) {
  await run(root, process.execPath, 'scripts/build.mjs');
  const packed = await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  const [{ filename, files }] = JSON.parse(packed);
  return { tarball: join(folder, filename), files };
}
