// Shared by the checks in this folder: where the project is, and new projects that install the package.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from '../check.mjs';

export const root = join(import.meta.dirname, '../..');
/** The code of users: samples to compile, and programs to run. */
export const consumers = join(root, 'spec/package');
export const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Returns the version of Angular that a project has. */
export async function angularVersionOf(folder) {
  return JSON.parse(await readFile(join(folder, 'node_modules/@angular/core/package.json'), 'utf8')).version;
}

/** Creates a project with the package and `others`, and the consumers. Returns the warnings of npm. */
export async function createProject(folder, tarball, ...others) {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await cp(consumers, folder, { recursive: true });
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...others];
  const { stderr } = await output(folder, 'npm', ...install);
  // npm may also warn about settings of the machine.
  return stderr.split('\n').filter(line => /^npm warn (?!Unknown \w+ config |config )/i.test(line));
}
