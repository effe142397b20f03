// Checks the site that `npm run site` has built: its links, what a guide loads, and, in Chromium, each page by axe, light and dark.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import puppeteer from 'puppeteer-core';
import { findChromium } from '../bench/lib/chromium.mjs';
import { BASE, sections } from '../site/navigation.mjs';
import { check, conclude, output } from './check.mjs';

const root = join(import.meta.dirname, '..');
const SITE = join(root, 'site/dist');
/** In bytes, gzipped: the JavaScript of a guide. */
const BUDGET = 60_000;
const WIDTH = 1280;
const NARROW = 320;

const files = readdirSync(SITE, { recursive: true }).filter(name => name.endsWith('.html'));
const pages = files.filter(name => name !== '404.html');
const read = path => readFileSync(join(SITE, path), 'utf8');
const guides = sections()
  .flatMap(({ pages }) => pages)
  .map(({ link }) => `${link.slice(1)}.html`);

/** The file of a path of the site; `undefined` outside of it. */
function fileOf(pathname) {
  if (!pathname.startsWith(BASE)) return undefined;
  const path = decodeURIComponent(pathname.slice(BASE.length));
  return path === '' || path.endsWith('/') ? `${path}index.html` : path;
}

/** The scripts that a page loads before it is used: those of its head, and what they import at once. */
function scriptsOf(page) {
  const found = new Set();
  const add = path => {
    if (found.has(path)) return;
    found.add(path);
    const folder = path.slice(0, path.lastIndexOf('/'));
    for (const [, other] of read(path).matchAll(/(?:^|[;}\s])(?:import|export)[^;"'()]*["'](\.[^"']+\.js)["']/g))
      add(join(folder, other));
  };
  for (const [, path] of read(page).matchAll(
    /<(?:script type="module"|link rel="modulepreload")[^>]+(?:src|href)="([^"]+)"/g,
  ))
    add(fileOf(path));
  return [...found];
}

const weights = guides
  .map(page => [page, scriptsOf(page).reduce((sum, path) => sum + gzipSync(read(path), { level: 9 }).length, 0)])
  .sort(([, one], [, other]) => other - one);

await check('each guide is a page', () =>
  assert.deepEqual(
    guides.filter(page => !pages.includes(page)),
    [],
  ),
);

await check(`a guide loads at most ${BUDGET / 1000} kB of JavaScript, gzipped`, () => {
  assert.deepEqual(
    weights.filter(([, bytes]) => bytes > BUDGET),
    [],
  );
  const kilobytes = ([page, bytes]) => `${page} ${(bytes / 1000).toFixed(1)} kB`;
  return `from ${kilobytes(weights.at(-1))} to ${kilobytes(weights[0])}`;
});

await check('each link leads somewhere, and to a heading if it names one', () => {
  const ids = new Map(
    pages.map(page => [page, new Set([...read(page).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))]),
  );
  const broken = [];
  let count = 0;
  for (const page of pages) {
    for (const [, link] of read(page).matchAll(/\s(?:href|src)="([^"]+)"/g)) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      count++;
      const { pathname, hash } = new URL(link, `http://site${BASE}${page}`);
      const target = fileOf(pathname);
      const anchor = decodeURIComponent(hash.slice(1)).replaceAll('&amp;', '&');
      if (target === undefined || !existsSync(join(SITE, target))) broken.push(`${page}: ${link}`);
      else if (anchor && target.endsWith('.html') && anchor !== 'VPContent' && !ids.get(target)?.has(anchor)) {
        broken.push(`${page}: ${link}`);
      }
    }
  }
  assert.deepEqual([...new Set(broken)], []);
  return `${count} links on ${pages.length} pages`;
});

await check('an older version has a folder of its own, and leads to the newest', async () => {
  const folder = 'v0.0';
  process.env.SITE_FOLDER = `${folder}/`;
  try {
    await output(root, process.execPath, 'scripts/site.mjs');
    const older = read(`${folder}/getting-started.html`);
    const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.match(older, new RegExp(`<p class="older-version"[^]+?<a href="${homepage}">Go to the newest version</a>`));
    assert.match(older, /<meta name="robots" content="noindex">/);
    assert.doesNotMatch(read('getting-started.html'), /older-version|noindex/);
    const links = [...older.matchAll(/\s(?:href|src)="(\/[^"#]*)/g)].map(([, link]) => link);
    assert.deepEqual(
      links.filter(link => !link.startsWith(`${BASE}${folder}/`) || !existsSync(join(SITE, fileOf(link)))),
      [],
    );
    return `${links.length} links of a page`;
  } finally {
    delete process.env.SITE_FOLDER;
    rmSync(join(SITE, folder), { recursive: true, force: true });
  }
});

/** Serves what was built, on loopback. */
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const server = createServer(({ url }, response) => {
  const file = fileOf(new URL(url, 'http://site').pathname);
  const path = join(SITE, file ?? '');
  if (!file || !existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
  response.end(readFileSync(path));
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const home = `http://127.0.0.1:${server.address().port}${BASE}`;
const browser = await puppeteer.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** The faults of pages, looked at two at a time. */
async function inChromium(paths, look) {
  const left = [...paths];
  const found = [];
  const worker = async page => {
    // A message of the console names no page by itself.
    let current = '';
    page.on('console', message => {
      if (['error', 'warn'].includes(message.type())) found.push(`${current}: ${message.text()}`);
    });
    page.on('pageerror', error => found.push(`${current}: ${error.message}`));
    page.on('request', request => {
      if (!request.url().startsWith(home) && !request.url().startsWith('data:'))
        found.push(`${current}: asks for ${request.url()}`);
    });
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      current = path;
      const problems = await look(page, path).catch(error => [error.message]);
      found.push(...problems.map(problem => `${path}: ${problem}`));
    }
    await page.close();
  };
  // Both first, because a new page hides the others.
  const open = await Promise.all([browser.newPage(), browser.newPage()]);
  await Promise.all(open.map(worker));
  if (found.length) throw new Error(found.join('\n'));
}

/** Of axe, on a page as it is. Of all its rules, or of these. */
const violations = (page, rules) =>
  page.evaluate(async rules => {
    const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
    const { violations } = await globalThis.axe.run(document, options);
    return violations.map(
      ({ id, nodes }) =>
        `${id} (${nodes.length}): ${nodes[0].html.slice(0, 150)} ${nodes[0].failureSummary?.slice(0, 200)}`,
    );
  }, rules);

/** The rules about colors. Pages of the API reference are all of one kind, and differ in nothing else when dark. */
const COLORS = ['color-contrast', 'link-in-text-block'];

/** The pages that scroll to the side when they're narrow. Found while axe looks at them, because a visit takes long. */
const tooWide = [];

try {
  await check(`axe finds nothing, light and dark, at ${WIDTH} px; no page asks for anything elsewhere`, async () => {
    await inChromium(pages, async (page, path) => {
      await page.setViewport({ width: WIDTH, height: 900 });
      await page.goto(home + path, { waitUntil: 'load' });
      await page.waitForFunction(() => document.querySelector('#app').__vue_app__, { polling: 50 });
      // The playground loads when it's seen, and nothing of a hidden page is.
      if (path === 'index.html') {
        await page.bringToFront();
        await page.waitForSelector('.rx-sse-playground [data-status="open"]', { timeout: 120_000 });
      }
      await page.evaluate(axe);
      const problems = [];
      for (const scheme of ['light', 'dark']) {
        // Without its transitions, whose colors are those of neither.
        await page.addStyleTag({
          content: '*, *::before, *::after { transition: none !important; animation: none !important; }',
        });
        await page.evaluate(isDark => document.documentElement.classList.toggle('dark', isDark), scheme === 'dark');
        const rules = scheme === 'dark' && path.startsWith('api/') ? COLORS : undefined;
        problems.push(...(await violations(page, rules)).map(problem => `${scheme}: ${problem}`));
      }
      await page.setViewport({ width: NARROW, height: 640 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > NARROW) tooWide.push(`${path} is ${width} px wide`);
      return problems;
    });
    return `${pages.length} pages`;
  });

  await check(`no page scrolls to the side at ${NARROW} px`, () => assert.deepEqual(tooWide, []));

  await check('the playground loads when it scrolls into view, and heals a cut', async () => {
    const page = await browser.newPage();
    const scripts = [];
    page.on('request', request => scripts.push(request.url()));
    await page.setViewport({ width: WIDTH, height: 400 });
    await page.goto(home, { waitUntil: 'load' });
    await page.waitForFunction(() => document.querySelector('#app').__vue_app__, { polling: 50 });
    const isLoaded = () => scripts.some(url => url.includes('/playground.'));
    assert.ok(!isLoaded(), 'loaded too early');
    await page.$eval('.home-playground', element => element.scrollIntoView());
    await page.waitForSelector('.rx-sse-playground [data-status="open"]');
    assert.ok(isLoaded(), 'its script has another name');
    const countOf = name =>
      page.$eval(`.rx-sse-playground [data-count="${name}"]`, ({ textContent }) => Number(textContent));
    const until = (name, atLeast) =>
      page.waitForFunction(
        (name, atLeast) =>
          Number(document.querySelector(`.rx-sse-playground [data-count="${name}"]`).textContent) >= atLeast,
        {},
        name,
        atLeast,
      );
    await until('received', 1);
    await page.locator('.rx-sse-playground .troubles button ::-p-text(Cut)').click();
    await until('reconnects', 1);
    await until('received', (await countOf('sent')) + 1);
    assert.equal(await countOf('lost'), 0);
    await page.close();
  });

  await check('the search finds guides and the API reference', async () => {
    const page = await browser.newPage();
    await page.setViewport({ width: WIDTH, height: 900 });
    await page.goto(`${home}getting-started.html`, { waitUntil: 'load' });
    await page.waitForFunction(() => document.querySelector('#app').__vue_app__, { polling: 50 });
    await page.click('.DocSearch-Button');
    await page.waitForSelector('.VPLocalSearchBox input');
    await page.type('.VPLocalSearchBox input', 'connectWhile');
    await page.waitForSelector('.VPLocalSearchBox .result');
    const links = await page.$$eval('.VPLocalSearchBox .result', results =>
      results.map(({ href }) => new URL(href).pathname),
    );
    assert.ok(
      links.some(link => link.startsWith(`${BASE}api/`)),
      `no page of the API among ${links.join(', ')}`,
    );
    assert.ok(
      links.some(link => !link.startsWith(`${BASE}api/`)),
      `no guide among ${links.join(', ')}`,
    );
    await page.close();
    return `${links.length} results`;
  });
} finally {
  await browser.close();
  server.close();
}
conclude('checks of the site');
