import assert from 'node:assert/strict';
import { check } from '../check.mjs';
import { shows } from './check-pages.mjs';

/** Streams of a page behind Angular's service worker. */
export async function checkServiceWorker(browser, { origin, requests, hasOpen, send, cut }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const noise = [];
  page.on('pageerror', error => noise.push(error.message));

  await check('an application of modules: its stream arrives', async () => {
    await page.goto(origin);
    await shows(page, 'values', 'a b');
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    requests.splice(0);
  });
  for (const [name, path, url] of [
    ['through its service worker', '/', '/stream/modules'],
    ['past its service worker', '/?bypass', '/stream/modules?ngsw-bypass'],
  ]) {
    const request = lastEventId => ({ url, lastEventId, user: undefined });
    await check(`${name}: events arrive as they are sent, and the server sees the page leave`, async () => {
      await page.goto(origin + path);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await shows(page, 'values', 'a b');
      await hasOpen(1);
      send('id: 3\ndata: c\n\n');
      await shows(page, 'values', 'a b c');
      await shows(page, 'connection', 'open');
      assert.deepEqual(requests.splice(0), [request(undefined)]);
      await page.goto('about:blank');
      await hasOpen(0);
    });
    await check(`${name}: a cut stream resumes with Last-Event-ID`, async () => {
      await page.goto(origin + path);
      await shows(page, 'values', 'a b');
      cut();
      await shows(page, 'values', 'a b c');
      assert.deepEqual(requests.splice(0), [request(undefined), request('2')]);
      await page.goto('about:blank');
      await hasOpen(0);
    });
  }
  await check('the page has had no error', () => assert.deepEqual(noise, []));
  await context.close();
}
