import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command to the end and returns its output. If it fails, throws an error with the output. */
export async function run(cwd, command, ...args) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
      maxBuffer: 2 ** 26,
      // On Windows, npm is a shell script.
      shell: process.platform === 'win32',
    });
    return stdout + stderr;
  } catch ({ message, stdout }) {
    throw new Error([message, stdout].filter(Boolean).join('\n'));
  }
}
