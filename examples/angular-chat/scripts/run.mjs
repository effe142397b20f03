import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command to its end, and answers with all that it printed. One that fails throws with that. */
export async function run(cwd, command, ...args) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
      maxBuffer: 2 ** 26,
      // npm is a script of the shell on Windows.
      shell: process.platform === 'win32',
    });
    return stdout + stderr;
  } catch ({ message, stdout }) {
    throw new Error([message, stdout].filter(Boolean).join('\n'));
  }
}
