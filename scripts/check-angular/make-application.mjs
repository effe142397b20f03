import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output, run } from '../check.mjs';

/** Installs the latest versions from the registry. */
export const install = (folder, ...packages) =>
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-online', ...packages);

/** Returns a function that runs a command of the Angular CLI in a folder, and returns its output. */
export const cliOf =
  folder =>
  (...command) =>
    output(folder, process.execPath, 'node_modules/@angular/cli/bin/ng.js', ...command);

/** Creates a workspace with `ng new`, with two applications: one for browser and server, and one with modules. */
export async function makeApplication(work, angular) {
  await writeFile(join(work, 'package.json'), '{ "private": true }');
  await install(work, `@angular/cli@${angular}`);
  const options = ['--defaults', '--ssr', '--style=css', '--no-routing', '--skip-git', '--skip-install'];
  await cliOf(work)('new', 'application', '--package-manager=npm', ...options);
  const folder = join(work, 'application');
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  // All packages need the same version. A registry may not have the newest of each yet.
  await writeFile(join(folder, 'package.json'), manifest.replace(/("@angular\/[^"]+": ")[^"]+/g, `$1${angular}`));
  await install(folder, `@angular/service-worker@${angular}`);
  const ofModules = ['--no-standalone', '--no-routing', '--no-ssr', '--style=css', '--skip-install', '--skip-tests'];
  await cliOf(folder)('generate', 'application', 'modules', ...ofModules);
  await configure(join(folder, 'angular.json'));
  return folder;
}

async function configure(path) {
  const config = JSON.parse(await readFile(path, 'utf8'));
  for (const { architect } of Object.values(config.projects)) {
    const { production } = architect.build.configurations;
    delete production.budgets;
    production.outputHashing = 'none';
  }
  const { application, modules } = config.projects;
  application.architect.build.options.security = { allowedHosts: ['localhost'] };
  modules.architect.build.configurations.production.serviceWorker = 'projects/modules/ngsw-config.json';
  config.cli = { ...config.cli, analytics: false, cache: { enabled: false } };
  await writeFile(path, JSON.stringify(config));
}
