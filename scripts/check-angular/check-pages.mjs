import assert from 'node:assert/strict';
import { check } from '../check.mjs';

/** Fulfills when the element with this id has this text. */
export const shows = (page, id, text) =>
  page.waitForFunction(([id, text]) => document.getElementById(id)?.textContent === text, [id, text], {
    timeout: 20_000,
  });

/** Renders the page on the server: rendering ends, and nothing connects. */
export async function checkRendering({ origin, requests }) {
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

/** Opens the page at `path` in a browser, and checks it on both sides. */
export async function checkPage(browser, { origin, requests, hasOpen, cut }, path, transport) {
  const page = await browser.newPage();
  const noise = [];
  page.on('pageerror', error => noise.push(error.message));
  // Chromium also logs failed requests. They are cut on purpose here.
  page.on('console', message => {
    if (/NG\d+/.test(message.text()) || message.type() === 'warning') noise.push(message.text());
  });
  const transports = new Map();
  page.on('request', request => transports.set(request.url().slice(origin.length), request.resourceType()));
  const showsStreams = async text => {
    for (const id of ['events', 'values', 'store']) await shows(page, id, text);
  };
  const all = (lastEventId, user = 'ada') =>
    ['/stream/events', '/stream/resource', '/stream/store'].map(url => ({ url, lastEventId, user }));
  const taken = () => requests.splice(0).sort((a, b) => (a.url < b.url ? -1 : 1));

  await check(`${transport}: events arrive, each request through the interceptor`, async () => {
    await page.goto(origin + path);
    await showsStreams('a b');
    await shows(page, 'connection', 'open');
    await shows(page, 'position', '2');
    assert.deepEqual(taken(), all(undefined));
  });
  await check(`${transport}: cut connections resume with Last-Event-ID, nothing is lost or doubled`, async () => {
    cut();
    await showsStreams('a b c');
    await shows(page, 'position', '3');
    assert.deepEqual(taken(), all('2'));
  });
  await check(
    `${transport}: other requests go by ${transport}, through the interceptor; streams by fetch`,
    async () => {
      await page.click('#ask');
      await shows(page, 'answer', 'for ada');
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
  await check(`${transport}: no errors or warnings in the page`, () => assert.deepEqual(noise, []));
  await page.close();
}

/** A resource that is rendered on the server and continues in the browser. */
export async function checkHydration(browser, { origin, requests, hasOpen }) {
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

/** Blocks that are loaded or hydrated on demand. */
export async function checkDeferred(browser, { origin, requests, hasOpen }) {
  await check('@defer: a stream opens with its block, and not before', async () => {
    const page = await browser.newPage();
    await page.goto(`${origin}/?deferred`);
    await shows(page, 'late', 'not yet');
    await page.click('#load');
    await shows(page, 'late', 'a b');
    assert.deepEqual(requests.splice(0), [{ url: '/stream/late', lastEventId: undefined, user: 'ada' }]);
    await page.close();
    await hasOpen(0);
  });
  await check(
    'incremental hydration: a resource goes on where the server stopped, once its block is hydrated',
    async () => {
      const page = await browser.newPage();
      await page.goto(`${origin}/?dehydrated`, { waitUntil: 'networkidle' });
      await shows(page, 'news', 'a b resolved');
      // Only the request of the server.
      assert.deepEqual(requests.splice(0), [{ url: '/stream/news', lastEventId: undefined, user: 'ada' }]);
      await page.click('#news');
      await shows(page, 'news', 'a b c resolved');
      assert.deepEqual(requests.splice(0), [{ url: '/stream/news', lastEventId: '2', user: 'ada' }]);
      await page.close();
      await hasOpen(0);
    },
  );
}
